import { setTimeout as sleep } from 'node:timers/promises';
import { call, type Credentials, Victim } from './victim.js';
import { type TwoNodes, twoNodes } from './two-nodes.js';

/**
 * Taking rights away against sending, on two nodes. The order is decided by the database: at the commit of a block or of a removal a trigger
 * keeps which transactions were visible then, and a message whose transaction was not is one that slipped behind it. Each batch of messages
 * takes two milliseconds between its check and its commit, as on a disk that syncs: the test database does not.
 */
const VICTIMS = 4;
const WARM = 6;
const TRIALS = 300;
const CONTROL_TRIALS = 40;
const WATCH = `
  CREATE TABLE rights_taken (account_id bigint NOT NULL, at pg_snapshot NOT NULL, number bigint GENERATED ALWAYS AS IDENTITY);
  CREATE FUNCTION rights_watch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO rights_taken (account_id, at) VALUES (coalesce(NEW.account_id, OLD.account_id), pg_current_snapshot());
    RETURN NULL;
  END $$;
  CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN NULL; END $$;
  CREATE TRIGGER slow_disk AFTER INSERT ON messages FOR EACH STATEMENT EXECUTE FUNCTION slow_disk();
  CREATE CONSTRAINT TRIGGER watch AFTER INSERT ON blocks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rights_watch();
  CREATE CONSTRAINT TRIGGER watch AFTER DELETE ON members DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rights_watch();
`;

let nodes: TwoNodes;
let mod: Credentials, alice: Credentials;
let victims: Victim[];
let talking = true;
let talk: Promise<unknown>;

beforeAll(async () => {
  nodes = await twoNodes();
  [mod, alice] = [await account('mod'), await account('alice')];
  await nodes.database.query(`UPDATE accounts SET role = 'moderator' WHERE id = $1`, [mod.id]);
  victims = [];
  for (let n = 1; n <= VICTIMS; n++) {
    const person = await account(`mallory ${n}`);
    const room = await call(nodes.origins[0], alice.token, 'POST', '/rooms', {
      name: `room ${n}`,
      preset: 'private',
      members: [person.id],
    });
    victims.push(new Victim(nodes.origins, person, room.body.id));
  }
  await nodes.database.query(WATCH);
  talk = Promise.all(victims.map((victim) => chatter(victim.roomId)));
}, 120_000);

afterAll(async () => {
  talking = false;
  await talk;
  for (const victim of victims ?? []) victim.close();
  await nodes?.close();
}, 30_000);

async function account(username: string): Promise<Credentials> {
  const [origin] = nodes.origins;
  const password = `${username}: long enough`;
  const { body } = await call(origin, '', 'POST', '/accounts', { username, password });
  const tokens = await call(origin, '', 'POST', '/auth/token', { grant_type: 'password', username, password });
  return { id: body.id, token: tokens.body.access_token };
}

/** Alice talks on, so that there is something to deliver after a block. */
async function chatter(roomId: number): Promise<void> {
  for (let n = 0; talking; n++) {
    await call(nodes.origins[n % 2]!, alice.token, 'POST', `/rooms/${roomId}/messages`, {
      text: 'tea?',
      clientId: `tea-${roomId}-${n}`,
    });
    await sleep(10);
  }
}

interface Taking {
  take(victim: Victim, trial: number): Promise<void>;
  giveBack(victim: Victim): Promise<void>;
  /** Whether nothing may be delivered any more. */
  silences: boolean;
}

const blockIds = new Map<Victim, number>();
const blocking: Taking = {
  take: async (victim, trial) => {
    const body = { accountId: victim.account.id, reason: 'floods', mode: 'full', scope: 'global' };
    const answer = await call(nodes.origins[trial % 2]!, mod.token, 'POST', '/moderation/blocks', body);
    if (answer.status !== 201) throw new Error(`block: ${answer.status} ${JSON.stringify(answer.body)}`);
    blockIds.set(victim, answer.body.id);
  },
  giveBack: async (victim) => {
    const { status } = await call(nodes.origins[0], mod.token, 'DELETE', `/moderation/blocks/${blockIds.get(victim)}`);
    if (status !== 204) throw new Error(`lift: ${status}`);
  },
  silences: true,
};
const removing: Taking = {
  take: async (victim, trial) => {
    const { status } = await call(
      nodes.origins[trial % 2]!,
      alice.token,
      'DELETE',
      `/rooms/${victim.roomId}/members/${victim.account.id}`,
    );
    if (status !== 204) throw new Error(`remove: ${status}`);
  },
  giveBack: async (victim) => {
    const { status } = await call(
      nodes.origins[0],
      alice.token,
      'PUT',
      `/rooms/${victim.roomId}/members/${victim.account.id}`,
    );
    if (status !== 200) throw new Error(`add: ${status}`);
  },
  silences: false,
};

interface Tally {
  trials: number;
  /** Messages of the victim that committed behind the commit that took his rights away. */
  slipped: number;
  /** Sends that were begun after the answer and accepted. */
  acceptedAfter: number;
  /** Messages heard by the victim that were committed after the answer. */
  delivered: number;
  accepted: number;
  refused: number;
  /** Sockets that were still open. */
  open: number;
  latencies: number[];
}

async function race(trials: number, taking: Taking): Promise<Tally> {
  const tally: Tally = {
    trials: 0,
    slipped: 0,
    acceptedAfter: 0,
    delivered: 0,
    accepted: 0,
    refused: 0,
    open: 0,
    latencies: [],
  };
  let next = 0;
  await Promise.all(
    victims.map(async (victim) => {
      while (next < trials) await trial(victim, next++, taking, tally);
    }),
  );
  return tally;
}

async function trial(victim: Victim, number: number, taking: Taking, tally: Tally): Promise<void> {
  await victim.start();
  const patience = performance.now() + 10_000;
  while (victim.accepted < WARM && performance.now() < patience) await sleep(5);
  await sleep(Math.random() * 15);
  const began = performance.now();
  await taking.take(victim, number);
  victim.returned = performance.now();
  tally.latencies.push(victim.returned - began);
  const after = (await nodes.database.query<{ at: string }>('SELECT pg_current_snapshot()::text AS at')).rows[0]!.at;
  await sleep(15);
  await victim.stop();
  tally.trials++;
  tally.accepted += victim.accepted;
  tally.refused += victim.refused;
  tally.acceptedAfter += victim.acceptedAfter;
  victim.acceptedAfter = 0;
  const { rows } = await nodes.database.query<{ slipped: number; delivered: number }>(
    `SELECT (SELECT count(*)::int FROM messages m, (SELECT at FROM rights_taken WHERE account_id = $1 ORDER BY number DESC LIMIT 1) taken
         WHERE m.room_id = $2 AND m.author_id = $1 AND NOT pg_visible_in_snapshot(m.xmin::text::xid8, taken.at)) AS slipped,
       (SELECT count(*)::int FROM messages m WHERE m.id = ANY ($3::bigint[]) AND NOT pg_visible_in_snapshot(m.xmin::text::xid8, $4::pg_snapshot)) AS delivered`,
    [victim.account.id, victim.roomId, [...victim.heard], after],
  );
  tally.slipped += rows[0]!.slipped;
  if (taking.silences) {
    tally.delivered += rows[0]!.delivered;
    tally.open += victim.connected;
  }
  await taking.giveBack(victim);
}

function say(what: string, tally: Tally): void {
  const sorted = tally.latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(0);
  process.stderr.write(
    `\n${what}: ${tally.trials} trials, ${tally.accepted} messages accepted, ${tally.refused} refused; behind the commit ${tally.slipped}, ` +
      `begun after the answer and accepted ${tally.acceptedAfter}, delivered after the answer ${tally.delivered}; latency p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} ms\n`,
  );
}

it('accepts no message behind a block and delivers none after it, in 300 trials', async () => {
  const tally = await race(TRIALS, blocking);
  say('block against send', tally);
  expect(tally).toMatchObject({ trials: TRIALS, slipped: 0, acceptedAfter: 0, delivered: 0, open: 0 });
  expect(tally.accepted).toBeGreaterThan(TRIALS * WARM);
  expect(tally.refused).toBeGreaterThan(TRIALS);
}, 120_000);

it('accepts no message behind a removal, in 300 trials', async () => {
  const tally = await race(TRIALS, removing);
  say('removal against send', tally);
  expect(tally).toMatchObject({ trials: TRIALS, slipped: 0, acceptedAfter: 0 });
  expect(tally.accepted).toBeGreaterThan(TRIALS * WARM);
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
    const tally = await race(CONTROL_TRIALS, blocking);
    say('control, without the lock', tally);
    expect(tally.slipped).toBeGreaterThan(0);
  } finally {
    await nodes.database.query(source);
  }
}, 60_000);
