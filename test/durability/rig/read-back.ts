import pg from 'pg';
import type { Fact, Mark, RoomReadBack, StoredMessage } from '../checker/history.js';
import { factOf } from './facts.js';
import type { Crowd } from './crowd.js';
import type { HttpAnswer } from './http-door.js';
import type { Ledger, ShownMessage } from './ledger.js';
import type { Person } from './person.js';
import type { Scene } from './scene.js';

const PAGE = 200;
const TRIES = 20;

type KeptText = Ledger['keptText'];

/** Everything as it is stored at the end, after the listeners have heard what they will hear. */
export async function readBack(
  address: pg.ClientConfig | undefined,
  scene: Scene,
  crowd: Crowd,
  ledger: Ledger,
): Promise<{ rooms: RoomReadBack[]; durability: string }> {
  if (!address) throw new Error('the database does not run at the end');
  const database = new pg.Client(address);
  database.on('error', () => undefined);
  await database.connect();
  try {
    await crowd.hear(await readHeads(database));
    const rooms: RoomReadBack[] = [];
    for (const roomId of [...scene.open, ...scene.closed, scene.vault])
      rooms.push(await readRoom(crowd.reader, database, roomId, (clientId, text) => ledger.keptText(clientId, text)));
    const { rows } = await database.query<{ says: string }>(
      `SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync')
         || ', synchronous_commit ' || current_setting('synchronous_commit') AS says`,
    );
    return { rooms, durability: rows[0]!.says };
  } finally {
    await database.end();
  }
}

/** Reads a room as its members do, by pages and by its log, and as it lies in the table. */
async function readRoom(
  reader: Person,
  database: pg.Client,
  roomId: number,
  keptText: KeptText,
): Promise<RoomReadBack> {
  const [pages, { log, head }, rows, marks] = await Promise.all([
    readPages(reader, roomId, keptText),
    readLog(reader, roomId, keptText),
    readTable(database, roomId, keptText),
    readMarks(database, roomId),
  ]);
  return { roomId, head, pages, log, rows, marks };
}

/** The newest seq of each room. */
async function readHeads(database: pg.Client): Promise<Map<number, number>> {
  const { rows } = await database.query<{ id: string; last_seq: string }>('SELECT id, last_seq FROM rooms');
  return new Map(rows.map((row) => [Number(row.id), Number(row.last_seq)]));
}

/** Backwards from the end, as people scroll. */
async function readPages(reader: Person, roomId: number, keptText: KeptText): Promise<StoredMessage[]> {
  const pages: StoredMessage[][] = [];
  let before = '';
  for (;;) {
    const { body } = await ask(reader, `/rooms/${roomId}/messages?limit=${PAGE}${before}`);
    pages.push(
      (body.items as (ShownMessage & { deletedAt: string | null })[]).map(({ author, deletedAt, ...message }) => ({
        id: message.id,
        seq: message.seq,
        authorId: author.id,
        clientId: message.clientId,
        text: keptText(message.clientId, message.text),
        version: message.version,
        deleted: deletedAt !== null,
      })),
    );
    if (!body.hasMore) return pages.reverse().flat();
    before = `&before=${body.prev}`;
  }
}

async function readLog(reader: Person, roomId: number, keptText: KeptText): Promise<{ log: Fact[]; head: number }> {
  const log: Fact[] = [];
  let after = 0;
  for (;;) {
    const { body } = await ask(reader, `/rooms/${roomId}/events?limit=${PAGE}&after=${after}`);
    for (const { event, data } of body.items as { event: string; data: any }[]) log.push(factOf(event, data, keptText));
    if (!body.hasMore || body.items.length === 0) return { log, head: body.head };
    after = body.next;
  }
}

async function readTable(database: pg.Client, roomId: number, keptText: KeptText): Promise<StoredMessage[]> {
  const { rows } = await database.query<
    Record<'id' | 'seq' | 'author_id' | 'client_id' | 'text', string> & { version: number; deleted: boolean }
  >(
    `SELECT id, seq, author_id, client_id, CASE WHEN deleted_at IS NULL THEN text ELSE '' END AS text, version, deleted_at IS NOT NULL AS deleted
     FROM messages WHERE room_id = $1 ORDER BY seq`,
    [roomId],
  );
  return rows.map(({ id, seq, author_id, client_id, text, version, deleted }) => ({
    id: Number(id),
    seq: Number(seq),
    authorId: Number(author_id),
    clientId: client_id,
    text: keptText(client_id, text),
    version,
    deleted,
  }));
}

async function readMarks(database: pg.Client, roomId: number): Promise<Mark[]> {
  const { rows } = await database.query<Record<'account_id' | 'read_seq' | 'unread', string>>(
    `SELECT m.account_id, m.read_seq, r.message_count - m.unread_base AS unread
     FROM members m JOIN rooms r ON r.id = m.room_id WHERE m.room_id = $1`,
    [roomId],
  );
  return rows.map((row) => ({
    accountId: Number(row.account_id),
    readSeq: Number(row.read_seq),
    unread: Number(row.unread),
  }));
}

async function ask(reader: Person, path: string): Promise<HttpAnswer> {
  let answer: HttpAnswer | undefined;
  for (let tries = 0; tries < TRIES; tries++) {
    answer = await reader.ask('GET', path);
    if (answer?.status === 200) return answer;
    if (answer?.status === 401) await reader.renew();
  }
  throw new Error(`${path} cannot be read: ${answer?.status} ${JSON.stringify(answer?.body)}`);
}
