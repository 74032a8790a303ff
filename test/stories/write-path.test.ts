import { newClientId } from '../support/transports.js';
import { type Person, type World, world } from '../support/world.js';

let w: World;
let alice: Person;

beforeAll(async () => {
  w = await world({ BESEDKA_DATABASE_POOL: '2' });
  alice = await w.person('alice');
});
afterAll(() => w.close());

it('reads a handful of rows for a message, however many there are and whatever the statistics say', async () => {
  const vault = (await alice.http.post('/rooms', { name: 'vault', preset: 'private' })).body.id as number;
  const send = async () => {
    const answer = await alice.http.post(`/rooms/${vault}/messages`, { text: 'tea', clientId: newClientId() });
    expect(answer.status).toBe(201);
  };
  const rowsRead = async () => {
    await w.database.query('SELECT pg_stat_force_next_flush()');
    const [read] = await w.database.query<{ n: number }>(
      `SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS n FROM pg_stat_user_tables
       WHERE relname IN ('accounts', 'sessions', 'rooms', 'members', 'messages')`,
    );
    return read!.n;
  };
  await w.database.query('ANALYZE');
  await send();
  await w.database.query(
    `INSERT INTO accounts (username, username_key) SELECT 'filler' || n, 'filler' || n FROM generate_series(1, 3000) n;`,
  );
  await w.database.query(
    `INSERT INTO members (room_id, account_id) SELECT $1::bigint, id FROM accounts WHERE username LIKE 'filler%'`,
    [vault],
  );
  await w.database.query(
    `INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
     SELECT $1::bigint, n, $2::bigint, 'filler-' || n, '', 'filler' FROM generate_series(100, 9000) n`,
    [vault, alice.id],
  );
  const before = await rowsRead();
  for (let i = 0; i < 10; i++) await send();
  const each = ((await rowsRead()) - before) / 10;
  expect(each).toBeGreaterThan(0);
  expect(each).toBeLessThan(100);
});
