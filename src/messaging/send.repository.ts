import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import type { Hint } from '../platform/hints.js';
import type { Tx } from '../platform/tx.js';
import type { MessageView } from './message.dto.js';
import { MessageRepository } from './message.repository.js';
import { viewOfMessage } from './message.view.js';

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
  | { outcome: 'room-slow-mode'; retryAfter: number }
  | {
      outcome:
        | 'session-ended'
        | 'key-reused'
        | 'room-not-found'
        | 'room-forbidden'
        | 'room-not-member'
        | 'personally-blocked'
        | 'reply-not-found';
    };

interface SendRow {
  /** The message's place in the batch, from 1. */
  item: number;
  outcome: SendOutcome['outcome'];
  /** Of the message now stored, or of the one kept under the same key. */
  id: number;
  seq: number;
  /** Milliseconds since 1970. */
  created_ms: number;
  username: string;
  first_name: string;
  last_name: string;
  block_id: number;
  block_reason: string;
  block_expires_at: Date | null;
  /** Whole seconds until the room's slow mode takes another message. */
  retry_after: number;
}

const SEND =
  'SELECT * FROM send_messages($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])';

/** Writes batches of messages through the database function `send_messages`. */
@Injectable()
export class SendRepository {
  constructor(
    private readonly database: Database,
    private readonly messages: MessageRepository,
  ) {}

  /** Commits the batch in one transaction and answers each message by its place; the same key must not stand in it twice. */
  async send(batch: readonly OutgoingMessage[]): Promise<SendOutcome[]> {
    const views: MessageView[] = [];
    const rows = await this.database.execute<SendRow>(SEND, valuesOf(batch), (sent) =>
      sent
        .filter((row) => row.outcome === 'accepted')
        .map((row) => hintOf((views[row.item] = viewOfNew(batch[row.item - 1]!, row)))),
    );
    const repeated = rows.filter((row) => row.outcome === 'duplicate');
    const kept =
      repeated.length === 0
        ? []
        : await this.messages.byIds(
            this.database,
            repeated.map((row) => row.id),
          );
    for (const row of repeated) views[row.item] = viewOfMessage(kept.find((message) => message.id === row.id)!);
    return rows.map((row) => outcomeOf(row, views[row.item]));
  }

  /** Stores one message as part of a transaction, which holds its author and has locked no room. */
  async sendIn(tx: Tx, message: OutgoingMessage): Promise<SendOutcome> {
    const [row] = await tx.query<SendRow>(SEND, valuesOf([message]));
    if (row!.outcome === 'duplicate')
      return outcomeOf(row!, viewOfMessage((await this.messages.byIds(tx, [row!.id]))[0]!));
    if (row!.outcome !== 'accepted') return outcomeOf(row!, undefined);
    const view = viewOfNew(message, row!);
    tx.hint(hintOf(view));
    return outcomeOf(row!, view);
  }
}

function valuesOf(batch: readonly OutgoingMessage[]): unknown[] {
  return [
    batch.map((message) => message.authorId),
    batch.map((message) => message.sessionId ?? null),
    batch.map((message) => message.roomId),
    batch.map((message) => message.clientId),
    batch.map((message) => message.text),
    batch.map((message) => message.replyTo ?? null),
  ];
}

/** Whether a message under the same key is a repetition; the database compares a hash of the same. */
export function isSame(one: OutgoingMessage, other: OutgoingMessage): boolean {
  return one.roomId === other.roomId && one.replyTo === other.replyTo && one.text === other.text;
}

function viewOfNew(message: OutgoingMessage, row: SendRow): MessageView {
  return viewOfMessage({
    ...row,
    created_at: new Date(row.created_ms),
    room_id: message.roomId,
    author_id: message.authorId,
    client_id: message.clientId,
    text: message.text,
    reply_to: message.replyTo ?? null,
    version: 1,
    edited_at: null,
    deleted_at: null,
  });
}

function hintOf(view: MessageView): Hint {
  return { stream: 'room', id: view.roomId, seq: view.seq, fact: { event: 'message.sent', payload: view } };
}

function outcomeOf(row: SendRow, message: MessageView | undefined): SendOutcome {
  switch (row.outcome) {
    case 'accepted':
    case 'duplicate':
      return { outcome: row.outcome, message: message! };
    case 'blocked':
      return {
        outcome: 'blocked',
        blockId: row.block_id,
        reason: row.block_reason,
        expiresAt: row.block_expires_at?.toISOString() ?? null,
      };
    case 'room-slow-mode':
      return { outcome: 'room-slow-mode', retryAfter: row.retry_after };
    default:
      return { outcome: row.outcome };
  }
}
