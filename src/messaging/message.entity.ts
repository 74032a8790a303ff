import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../platform/bigint.transformer.js';

@Entity('messages')
export class MessageRow {
  @PrimaryColumn('bigint', { name: 'room_id', transformer: bigintAsNumber })
  roomId: number;

  @PrimaryColumn('bigint', { transformer: bigintAsNumber })
  seq: number;

  @Column('bigint', { unique: true, transformer: bigintAsNumber, generated: 'identity' })
  id: number;

  @Column('bigint', { name: 'author_id', transformer: bigintAsNumber })
  authorId: number;

  @Column('text', { name: 'client_id' })
  clientId: string;

  @Column('bytea', { name: 'request_hash' })
  requestHash: Buffer;

  @Column('text')
  text: string;

  @Column('bigint', { name: 'reply_to', nullable: true, transformer: bigintAsNumber })
  replyTo: number | null;

  @Column('integer', { default: 1 })
  version: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'edited_at', nullable: true })
  editedAt: Date | null;

  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt: Date | null;

  @Column('bigint', { name: 'deleted_by', nullable: true, transformer: bigintAsNumber })
  deletedBy: number | null;
}
