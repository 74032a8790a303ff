import { setTimeout as sleep } from 'node:timers/promises';
import { type TwoNodes, twoNodes } from './two-nodes.js';
import { call, type Credentials, Victim } from './victim.js';

/**
 * Personal blocks and slow mode against a flood on two nodes. As in race.test.ts the database decides the order: at the commit of a personal
 * block a trigger keeps which transactions were visible then, and each batch of messages takes two milliseconds between check and commit.
 */
const PAIRS = 3;
const WARM = 6;
const TRIALS = 90;
const CONTROL_TRIALS = 30;
const WATCH = `
  CREATE TABLE blocks_laid (blocked_id bigint NOT NULL, at pg_snapshot NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY);
  CREATE FUNCTION blocks_watch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO blocks_laid (blocked_id, at) VALUES (NEW.blocked_id, pg_current_snapshot());
    RETURN NULL;
  END $$;
  CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$;
  CREATE TRIGGER slow_disk AFTER INSERT ON messages FOR EACH STATEMENT EXECUTE FUNCTION slow_disk();
  CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON personal_blocks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION blocks_watch();
`;

let nodes: TwoNodes;
let pairs: { blocker: Credentials; flooder: Victim }[];

beforeAll(async () => {
  nodes = await twoNodes();
  pairs = [];
  for (let n = 1; n <= PAIRS; n++) {
    const [blocker, person] = [await account(`alice ${n}`), await account(`mallory ${n}`)];
    const direct = await call(nodes.origins[0], blocker.token, 'PUT', `/direct/${person.id}`);
    pairs.push({ blocker, flooder: new Victim(nodes.origins, person, direct.body.id) });
  }
  await nodes.database.query(WATCH);
}, 120_000);

afterAll(async () => {
  for (const { flooder } of pairs ?? []) flooder.close();
  await nodes?.close();
}, 30_000);

async function account(username: string): Promise<Credentials> {
  const [origin] = nodes.origins;
  const password = `${username}: long enough`;
  const { body } = await call(origin, '', 'POST', '/accounts', { username, password });
  const tokens = await call(origin, '', 'POST', '/auth/token', { grant_type: 'password', username, password });
  return { id: body.id, token: tokens.body.access_token };
}

interface Tally {
  trials: number;
  accepted: number;
  refused: number;
  /** Messages that committed behind the commit of the block. */
  slipped: number;
  /** Sends that were begun after the answer and accepted. */
  acceptedAfter: number;
}

async function race(trials: number): Promise<Tally> {
  const tally: Tally = { trials: 0, accepted: 0, refused: 0, slipped: 0, acceptedAfter: 0 };
  let next = 0;
  await Promise.all(
    pairs.map(async ({ blocker, flooder }) => {
      while (next < trials) await trial(blocker, flooder, next++, tally);
    }),
  );
  process.stderr.write(`\npersonal block against a flood: ${JSON.stringify(tally)}\n`);
  return tally;
}

async function trial(blocker: Credentials, flooder: Victim, number: number, tally: Tally): Promise<void> {
  await flooder.start();
  const patience = performance.now() + 10_000;
  while (flooder.accepted < WARM && performance.now() < patience) await sleep(5);
  await sleep(Math.random() * 15);
  const personalBlock = `/accounts/me/personal-blocks/${flooder.account.id}`;
  const laid = await call(nodes.origins[number % 2]!, blocker.token, 'PUT', personalBlock);
  if (laid.status !== 200) throw new Error(`block: ${laid.status} ${JSON.stringify(laid.body)}`);
  flooder.returned = performance.now();
  await sleep(15);
  await flooder.stop();
  const { rows } = await nodes.database.query<{ slipped: number }>(
    `SELECT count(*)::int AS slipped FROM messages m, (SELECT at FROM blocks_laid WHERE blocked_id = $1 ORDER BY number DESC LIMIT 1) laid
     WHERE m.room_id = $2 AND m.author_id = $1 AND NOT pg_visible_in_snapshot(m.xmin::text::xid8, laid.at)`,
    [flooder.account.id, flooder.roomId],
  );
  tally.trials++;
  tally.accepted += flooder.accepted;
  tally.refused += flooder.refused;
  tally.acceptedAfter += flooder.acceptedAfter;
  flooder.acceptedAfter = 0;
  tally.slipped += rows[0]!.slipped;
  const lifted = await call(nodes.origins[0], blocker.token, 'DELETE', personalBlock);
  if (lifted.status !== 204) throw new Error(`lift: ${lifted.status}`);
}

it('accepts no message in the direct room behind a personal block, in 90 trials', async () => {
  const tally = await race(TRIALS);
  expect(tally).toMatchObject({ trials: TRIALS, slipped: 0, acceptedAfter: 0 });
  expect(tally.accepted).toBeGreaterThan(TRIALS * WARM);
  expect(tally.refused).toBeGreaterThan(TRIALS);
}, 120_000);

it('would see it: without the lock of the author, messages slip behind the block', async () => {
  const { rows } = await nodes.database.query<{ source: string }>(
    `SELECT pg_get_functiondef('send_messages'::regproc) AS source`,
  );
  const { source } = rows[0]!;
  const naive = source.replace(/^.*pg_advisory_xact_lock_shared.*$/m, '');
  expect(naive).not.toBe(source);
  await nodes.database.query(naive);
  try {
    expect((await race(CONTROL_TRIALS)).slipped).toBeGreaterThan(0);
  } finally {
    await nodes.database.query(source);
  }
}, 60_000);

it('keeps the pace of a slow room for each of three who flood it on both nodes', async () => {
  const owner = await account('carol');
  const { body: lobby } = await call(nodes.origins[0], owner.token, 'POST', '/rooms', {
    name: 'lobby',
    preset: 'open',
    slowModeSeconds: 1,
  });
  const flooders = pairs.map(({ flooder }) => new Victim(nodes.origins, flooder.account, lobby.id));
  await Promise.all(flooders.map((flooder) => flooder.start()));
  const patience = performance.now() + 30_000;
  while (flooders.some((flooder) => flooder.accepted < 4) && performance.now() < patience) await sleep(20);
  await Promise.all(flooders.map((flooder) => flooder.stop()));
  for (const flooder of flooders) flooder.close();
  const { rows } = await nodes.database.query<{ sent: number; least: number }>(
    `SELECT count(*)::int AS sent, extract(epoch FROM min(created_at - before))::float AS least FROM (
       SELECT author_id, created_at, lag(created_at) OVER (PARTITION BY author_id ORDER BY seq) AS before FROM messages WHERE room_id = $1
     ) paced GROUP BY author_id`,
    [lobby.id],
  );
  expect(rows).toHaveLength(3);
  for (const { sent, least } of rows) {
    expect(sent).toBeGreaterThanOrEqual(4);
    expect(least).toBeGreaterThanOrEqual(1);
  }
  expect(rows.reduce((sum, { sent }) => sum + sent, 0)).toBe(flooders.reduce((sum, one) => sum + one.accepted, 0));
  expect(flooders.every((flooder) => flooder.refused > flooder.accepted)).toBe(true);
}, 60_000);
