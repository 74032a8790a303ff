import { Injectable } from '@nestjs/common';
import type { Sql } from '../platform/sql.js';
import type { SanctionRow } from './sanction.dto.js';

const MOST_MESSAGES = 50;
const SANCTION = `s.id, json_build_object('id', a.id, 'username', a.username, 'firstName', a.first_name, 'lastName', a.last_name) AS account,
  s.kind, s.mode, s.room_id AS "roomId", s.block_id AS "blockId", s.deletion_id AS "deletionId", s.reason, s.ground, s.source, s.automated,
  s.decided_by AS "decidedBy", s.decided_at AS "decidedAt", s.expires_at AS "expiresAt",
  coalesce(s.expires_at <= clock_timestamp(), false) AS expired, s.ended_at AS "endedAt", s.ended_as AS "endedAs",
  s.appeal_until AS "appealUntil", s.appeal_until > clock_timestamp() AS "inTime",
  (SELECT count(*)::integer FROM sanction_messages m WHERE m.sanction_id = s.id) AS "messageCount",
  (SELECT coalesce(json_agg(json_build_object('id', m.message_id, 'roomId', m.room_id, 'text', m.text)), '[]')
    FROM (SELECT * FROM sanction_messages WHERE sanction_id = s.id ORDER BY message_id LIMIT ${MOST_MESSAGES}) m) AS messages,
  (SELECT json_build_object('id', p.id, 'text', p.text, 'createdAt', p.created_at, 'outcome', p.outcome, 'reason', p.reason,
    'decidedAt', p.decided_at) FROM appeals p WHERE p.sanction_id = s.id) AS appeal
  FROM sanctions s JOIN accounts a ON a.id = s.account_id`;

@Injectable()
export class SanctionRepository {
  async find(sql: Sql, id: number): Promise<SanctionRow | undefined> {
    const [row] = await sql.query<SanctionRow>(`SELECT ${SANCTION} WHERE s.id = $1`, [id]);
    return row;
  }

  byIds(sql: Sql, ids: readonly number[]): Promise<SanctionRow[]> {
    return sql.query<SanctionRow>(`SELECT ${SANCTION} WHERE s.id = ANY ($1::bigint[])`, [ids]);
  }

  /** Of one person, newest first, before this one. */
  list(sql: Sql, accountId: number, before: number | undefined, most: number): Promise<SanctionRow[]> {
    return sql.query<SanctionRow>(
      `SELECT ${SANCTION} WHERE s.account_id = $1 AND ($2::bigint IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3`,
      [accountId, before ?? null, most],
    );
  }
}
