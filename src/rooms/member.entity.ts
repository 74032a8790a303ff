import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintAsNumber } from '../platform/bigint.transformer.js';

@Entity('members')
export class MemberRow {
  @PrimaryColumn('bigint', { name: 'room_id', transformer: bigintAsNumber })
  roomId: number;

  @PrimaryColumn('bigint', { name: 'account_id', transformer: bigintAsNumber })
  accountId: number;

  @Column('timestamptz', { name: 'joined_at', default: () => 'clock_timestamp()' })
  joinedAt: Date;

  @Column('bigint', { name: 'read_seq', default: 0, transformer: bigintAsNumber })
  readSeq: number;

  /** Unread messages are the room's message_count minus this: it grows with own sends and with deletions after the read mark. */
  @Column('bigint', { name: 'unread_base', default: 0, transformer: bigintAsNumber })
  unreadBase: number;
}
