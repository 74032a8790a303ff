import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { bigintAsNumber } from '../platform/bigint.transformer.js';
import type { Preset } from './policy.js';

@Entity('rooms')
export class RoomRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: number;

  @Column('text')
  kind: 'group' | 'direct';

  @Column('text')
  preset: Preset;

  @Column('text', { default: '' })
  name: string;

  @Column('text', { name: 'name_key', nullable: true, unique: true })
  nameKey: string | null;

  @Column('text', { default: '' })
  topic: string;

  @Column('text', { default: '' })
  link: string;

  @Column('text', { name: 'secret_hash', nullable: true })
  secretHash: string | null;

  @Column('integer', { nullable: true })
  capacity: number | null;

  @Column('boolean', { default: true })
  moderated: boolean;

  @Column('integer', { name: 'slow_mode_seconds', default: 0 })
  slowModeSeconds: number;

  @Column('boolean', { name: 'delivered_marks', default: false })
  deliveredMarks: boolean;

  @Column('bigint', { name: 'owner_id', nullable: true, transformer: bigintAsNumber })
  ownerId: number | null;

  @Column('bigint', { name: 'direct_low', nullable: true, transformer: bigintAsNumber })
  directLow: number | null;

  @Column('bigint', { name: 'direct_high', nullable: true, transformer: bigintAsNumber })
  directHigh: number | null;

  @Column('smallint', { name: 'can_see' })
  canSee: number;

  @Column('smallint', { name: 'can_read' })
  canRead: number;

  @Column('smallint', { name: 'can_post' })
  canPost: number;

  @Column('smallint', { name: 'can_join' })
  canJoin: number;

  @Column('smallint', { name: 'can_add' })
  canAdd: number;

  @Column('smallint', { name: 'can_remove' })
  canRemove: number;

  @Column('smallint', { name: 'can_leave' })
  canLeave: number;

  @Column('smallint', { name: 'can_edit' })
  canEdit: number;

  @Column('smallint', { name: 'can_delete' })
  canDelete: number;

  @Column('integer', { name: 'member_count', default: 0 })
  memberCount: number;

  @Column('bigint', { name: 'message_count', default: 0, transformer: bigintAsNumber })
  messageCount: number;

  @Column('bigint', { name: 'last_seq', default: 0, transformer: bigintAsNumber })
  lastSeq: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;
}
