import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { bigintAsNumber } from '../platform/bigint.transformer.js';
import type { Role } from './actor.js';

@Entity('accounts')
export class AccountRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: number;

  @Column('text')
  username: string;

  @Column('text', { name: 'username_key', unique: true })
  usernameKey: string;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('text', { name: 'email_key', nullable: true, unique: true })
  emailKey: string | null;

  @Column('text', { name: 'first_name', default: '' })
  firstName: string;

  @Column('text', { name: 'last_name', default: '' })
  lastName: string;

  @Column('text', { default: '' })
  phone: string;

  @Column('text', { default: '' })
  address: string;

  @Column('text', { default: 'user' })
  role: Role;

  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash: string | null;

  @Column('integer', { default: 0 })
  epoch: number;

  @Column('bigint', { name: 'last_seq', default: 0, transformer: bigintAsNumber })
  lastSeq: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
