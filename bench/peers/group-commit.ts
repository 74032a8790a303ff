import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { Server, type Socket } from 'socket.io';

/**
 * Peer of `send`, the limit to compare with: bare Socket.IO and hand-written batched SQL through `pg` alone. One batch in
 * flight; the next takes all that waits, up to 256, as one statement and so one round trip and one transaction. The rows are
 * those of the service's own tables: the message, the room's counters, the author's unread counter. It checks nobody's rights. Acknowledged = committed. With PEER_FACTS=1 it also
 * broadcasts each stored message to its room. A token is `<account>:<room>`.
 */
interface Waiting {
  account: number;
  roomId: number;
  text: string;
  clientId: string;
  ack: (answer: unknown) => void;
}

interface Stored {
  item: number;
  id: string;
  seq: string;
  created_at: Date;
}

const mostInBatch = 256;
const store = {
  name: 'store',
  text: `
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::text[]) WITH ORDINALITY AS a (author, room, client, hash, body, item)
    ), advanced AS (
      UPDATE rooms SET last_seq = last_seq + messages, message_count = message_count + messages
      FROM (SELECT room, count(*) AS messages FROM asked GROUP BY room) counted WHERE rooms.id = room
      RETURNING rooms.id AS room, last_seq - messages AS base
    ), numbered AS (
      SELECT asked.*, base + row_number() OVER (PARTITION BY room ORDER BY item) AS seq FROM asked JOIN advanced USING (room)
    ), stored AS (
      INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text, created_at)
      SELECT room, seq, author, client, hash, body, clock_timestamp() FROM numbered ORDER BY item
      RETURNING id, room_id, seq, created_at
    ), own AS (
      UPDATE members SET unread_base = unread_base + messages
      FROM (SELECT room, author, count(*) AS messages FROM asked GROUP BY room, author) counted WHERE room_id = room AND account_id = author
    )
    SELECT item, stored.id, stored.seq, created_at FROM stored JOIN numbered ON room_id = room AND stored.seq = numbered.seq ORDER BY item`,
};

const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ['websocket'] });
const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
const facts = process.env.PEER_FACTS === '1';
let waiting: Waiting[] = [];
let busy = false;

async function commitNext(): Promise<void> {
  busy = true;
  while (waiting.length > 0) {
    const batch = waiting.slice(0, mostInBatch);
    waiting = waiting.slice(mostInBatch);
    try {
      const values = [
        batch.map(({ account }) => account),
        batch.map(({ roomId }) => roomId),
        batch.map(({ clientId }) => clientId),
        batch.map(({ roomId, text }) => createHash('sha256').update(`${roomId}:${text}`).digest()),
        batch.map(({ text }) => text),
      ];
      const { rows } = await database.query<Stored>({ ...store, values });
      for (const [index, row] of rows.entries()) answer(batch[index], row);
    } catch (error) {
      for (const { ack } of batch) ack({ ok: false, problem: String(error) });
    }
  }
  busy = false;
}

function answer(asked: Waiting | undefined, row: Stored): void {
  if (!asked) return;
  const { account, roomId, text, clientId, ack } = asked;
  const author = { id: account, username: `person${account}`, firstName: '', lastName: '' };
  const message = {
    id: Number(row.id),
    roomId,
    seq: Number(row.seq),
    author,
    text,
    clientId,
    createdAt: row.created_at.toISOString(),
    editedAt: null,
    deletedAt: null,
    version: 1,
    replyTo: null,
  };
  if (facts) io.to(`room:${roomId}`).emit('message.sent', message);
  ack({ ok: true, message, duplicate: false });
}

io.on('connection', (socket: Socket) => {
  const [account = 0, room] = String(socket.handshake.auth.token).split(':').map(Number);
  void socket.join(`room:${room}`);
  socket.on('message.send', ({ roomId, text, clientId }: Omit<Waiting, 'account' | 'ack'>, ack: Waiting['ack']) => {
    waiting.push({ account, roomId, text, clientId, ack });
    if (!busy) void commitNext();
  });
});

await database.connect();
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
