import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import type { Hint } from '../platform/hints.js';
import type { MessageView } from './message.dto.js';
import { type AuthoredMessage, viewOfMessage } from './message.view.js';

export interface OutgoingMessage {
  authorId: number;
  sessionId: number | undefined;
  roomId: number;
  clientId: string;
  text: string;
  replyTo: number | undefined;
}

export type SendOutcome =
  | { outcome: 'accepted' | 'duplicate'; message: MessageView }
  | { outcome: 'blocked'; blockId: number; reason: string; expiresAt: string | null }
  | {
      outcome:
        'session-ended' | 'key-reused' | 'room-not-found' | 'room-forbidden' | 'room-not-member' | 'reply-not-found';
    };

interface SendRow extends AuthoredMessage {
  outcome: SendOutcome['outcome'];
  block_id: number;
  block_reason: string;
  block_expires_at: Date | null;
}

const SEND =
  'SELECT * FROM send_messages($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::bigint[])';

/** Writes batches of messages through the database function `send_messages`. */
@Injectable()
export class SendRepository {
  constructor(private readonly database: Database) {}

  /** Commits the batch in one transaction and answers each message by its place; the same key must not stand in it twice. */
  async send(batch: readonly OutgoingMessage[]): Promise<SendOutcome[]> {
    const rows = await this.database.execute<SendRow>(
      SEND,
      [
        batch.map((message) => message.authorId),
        batch.map((message) => message.sessionId ?? null),
        batch.map((message) => message.roomId),
        batch.map((message) => message.clientId),
        batch.map(hashOf),
        batch.map((message) => message.text),
        batch.map((message) => message.replyTo ?? null),
      ],
      (sent) => sent.filter((row) => row.outcome === 'accepted').map(hintOf),
    );
    return rows.map(outcomeOf);
  }
}

/** Tells a repetition from another message under the same key. */
export function hashOf(message: Pick<OutgoingMessage, 'roomId' | 'replyTo' | 'text'>): Buffer {
  return createHash('sha256')
    .update(`${message.roomId}\0${message.replyTo ?? ''}\0${message.text}`)
    .digest();
}

const views = new WeakMap<SendRow, MessageView>();

function viewOf(row: SendRow): MessageView {
  const known = views.get(row);
  if (known) return known;
  const view = viewOfMessage(row);
  views.set(row, view);
  return view;
}

function hintOf(row: SendRow): Hint {
  return { stream: 'room', id: row.room_id, seq: row.seq, fact: { event: 'message.sent', payload: viewOf(row) } };
}

function outcomeOf(row: SendRow): SendOutcome {
  switch (row.outcome) {
    case 'accepted':
    case 'duplicate':
      return { outcome: row.outcome, message: viewOf(row) };
    case 'blocked':
      return {
        outcome: 'blocked',
        blockId: row.block_id,
        reason: row.block_reason,
        expiresAt: row.block_expires_at?.toISOString() ?? null,
      };
    default:
      return { outcome: row.outcome };
  }
}
