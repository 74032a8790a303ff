import { Injectable } from '@nestjs/common';
import type { Sql } from '../../platform/sql.js';

/** Beyond these the series end: there is no index by time, so that what is looked at is bounded by id. */
const MOST_CASES = 10_000;
const MOST_MESSAGES = 50_000;
const NODE_SILENT_SECONDS = 3;

export interface HourRow {
  at: Date;
  opened: number;
  decided: number;
  decisionSeconds: number | null;
}

export interface MinuteRow {
  at: Date;
  messages: number | null;
}

export interface NodeHealthRow {
  id: string;
  seenAt: Date;
  alive: boolean;
  accounts: number;
}

export interface Backlog {
  at: Date;
  openCases: number;
  longestWaitSeconds: number | null;
}

@Injectable()
export class ModerationHealthRepository {
  async backlog(sql: Sql): Promise<Backlog> {
    const [row] = await sql.query<Backlog>(
      `SELECT clock_timestamp() AS at, count(*)::integer AS "openCases",
         floor(extract(epoch FROM clock_timestamp() - min(opened_at)))::integer AS "longestWaitSeconds"
       FROM cases WHERE decided_at IS NULL`,
    );
    return row!;
  }

  /** One row for each of the last hours, the running one included. */
  async hours(sql: Sql, hours: number): Promise<HourRow[]> {
    return await sql.query<HourRow>(
      `WITH latest AS MATERIALIZED (SELECT opened_at, decided_at FROM cases ORDER BY id DESC LIMIT ${MOST_CASES}),
       hours AS (
         SELECT generate_series(date_trunc('hour', clock_timestamp()) - make_interval(hours => $1 - 1), clock_timestamp(), '1 hour') AS at
       ), opened AS (
         SELECT date_trunc('hour', opened_at) AS at, count(*)::integer AS n FROM latest GROUP BY 1
       ), decided AS (
         SELECT date_trunc('hour', decided_at) AS at, count(*)::integer AS n,
           round(percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - opened_at)))::integer AS median
         FROM latest WHERE decided_at IS NOT NULL GROUP BY 1
       )
       SELECT hours.at, coalesce(opened.n, 0) AS opened, coalesce(decided.n, 0) AS decided, decided.median AS "decisionSeconds"
       FROM hours LEFT JOIN opened USING (at) LEFT JOIN decided USING (at) ORDER BY hours.at`,
      [hours],
    );
  }

  /** One row for each minute of the last hour, the running one included. */
  async minutes(sql: Sql): Promise<MinuteRow[]> {
    return await sql.query<MinuteRow>(
      `WITH latest AS MATERIALIZED (SELECT created_at FROM messages ORDER BY id DESC LIMIT ${MOST_MESSAGES}),
       reach AS (SELECT CASE WHEN count(*) = ${MOST_MESSAGES} THEN min(created_at) END AS since FROM latest),
       minutes AS (
         SELECT generate_series(date_trunc('minute', clock_timestamp()) - interval '59 minutes', clock_timestamp(), '1 minute') AS at
       ), sent AS (
         SELECT date_trunc('minute', created_at) AS at, count(*)::integer AS n FROM latest
         WHERE created_at >= date_trunc('minute', clock_timestamp()) - interval '59 minutes' GROUP BY 1
       )
       SELECT minutes.at, CASE WHEN reach.since IS NULL OR minutes.at > reach.since THEN coalesce(sent.n, 0) END AS messages
       FROM minutes CROSS JOIN reach LEFT JOIN sent USING (at) ORDER BY minutes.at`,
    );
  }

  async nodes(sql: Sql): Promise<NodeHealthRow[]> {
    return await sql.query<NodeHealthRow>(
      `SELECT n.id, n.seen_at AS "seenAt", n.seen_at > clock_timestamp() - make_interval(secs => $1) AS alive,
         (SELECT count(*)::integer FROM node_accounts WHERE node_id = n.id) AS accounts
       FROM nodes n ORDER BY n.id`,
      [NODE_SILENT_SECONDS],
    );
  }

  async connectedAccounts(sql: Sql): Promise<number> {
    const [row] = await sql.query<{ n: number }>(
      `SELECT count(DISTINCT own.account_id)::integer AS n FROM node_accounts own JOIN nodes n ON n.id = own.node_id
       WHERE n.seen_at > clock_timestamp() - make_interval(secs => $1)`,
      [NODE_SILENT_SECONDS],
    );
    return row!.n;
  }
}
