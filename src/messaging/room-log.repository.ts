import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import { type AuthoredMessage, hiddenFrom, viewOfMessage } from './message.view.js';
import type { RoomFact } from './room-fact.js';

interface LogRow extends AuthoredMessage {
  log_seq: number;
  kind: RoomFact['event'];
  actor_id: number | null;
  subject_id: number | null;
  subject_username: string;
  subject_first_name: string;
  subject_last_name: string;
  name: string;
  topic: string;
  link: string;
  secret_hash: string | null;
  capacity: number | null;
  slow_mode_seconds: number;
  delivered_marks: boolean;
  owner_id: number | null;
}

/** Messages and other events of a room, merged by seq in one statement, so that the answer has no hole. */
const RANGE = `
  SELECT log.seq AS log_seq, log.kind, log.actor_id,
    ${hiddenFrom('$4')}, m.id, m.room_id, m.seq, m.author_id, m.client_id, m.text, m.reply_to, m.version, m.created_at, m.edited_at, m.deleted_at,
    author.username, author.first_name, author.last_name,
    subject.id AS subject_id, subject.username AS subject_username, subject.first_name AS subject_first_name, subject.last_name AS subject_last_name,
    r.name, r.topic, r.link, r.secret_hash, r.capacity, r.slow_mode_seconds, r.delivered_marks, r.owner_id
  FROM (
    SELECT * FROM (
      (SELECT seq, 'message.sent' AS kind, seq AS message_seq, NULL::bigint AS actor_id, NULL::bigint AS account_id
       FROM messages WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)
      UNION ALL
      (SELECT seq, kind, message_seq, actor_id, account_id FROM room_events WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3)
    ) merged ORDER BY seq LIMIT $3
  ) log
  JOIN rooms r ON r.id = $1
  LEFT JOIN messages m ON m.room_id = $1 AND m.seq = log.message_seq
  LEFT JOIN accounts author ON author.id = m.author_id
  LEFT JOIN accounts subject ON subject.id = log.account_id
  ORDER BY log.seq`;

/** Reads a room's log as facts. Facts show the present: an edited message its latest text, a deleted one none. */
@Injectable()
export class RoomLogRepository {
  /** Up to `limit` facts after `seq`, ascending, without a hole; marked for this reader where he has blocked an author. */
  async after(sql: Sql, readerId: number | undefined, roomId: number, seq: number, limit: number): Promise<RoomFact[]> {
    const rows = await sql.query<LogRow>(RANGE, [roomId, seq, limit, readerId ?? null]);
    return rows.map((row) => factOf(roomId, row));
  }
}

function factOf(roomId: number, row: LogRow): RoomFact {
  const place = { roomId, seq: row.log_seq };
  const seq = row.log_seq;
  const account = {
    id: row.subject_id!,
    username: row.subject_username,
    firstName: row.subject_first_name,
    lastName: row.subject_last_name,
  };
  switch (row.kind) {
    case 'message.sent':
      return { seq, event: row.kind, payload: viewOfMessage(row) };
    case 'message.edited':
    case 'message.restored':
      return { seq, event: row.kind, payload: { ...place, message: viewOfMessage(row) } };
    case 'message.deleted':
      return {
        seq,
        event: row.kind,
        payload: { ...place, messageId: row.id, messageSeq: row.seq, deletedBy: row.actor_id },
      };
    case 'member.joined':
    case 'member.removed':
      return { seq, event: row.kind, payload: { ...place, account, by: row.actor_id } };
    case 'member.left':
      return { seq, event: row.kind, payload: { ...place, account } };
    case 'room.changed':
      return { seq, event: row.kind, payload: { ...place, room: faceOf(row) } };
    case 'room.deleted':
      return { seq, event: row.kind, payload: { ...place, by: row.actor_id } };
  }
}

function faceOf(row: LogRow) {
  return {
    name: row.name,
    topic: row.topic,
    link: row.link,
    hasPassword: row.secret_hash !== null,
    capacity: row.capacity,
    slowModeSeconds: row.slow_mode_seconds,
    deliveredMarks: row.delivered_marks,
    ownerId: row.owner_id,
  };
}
