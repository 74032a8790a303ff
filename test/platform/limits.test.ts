import { PasswordAttempts } from '../../src/accounts/attempts.limits.js';
import { type Config, ConfigError, readConfig } from '../../src/platform/config.js';
import { Limits } from '../../src/platform/limits.js';
import { LIMITS, Quota } from '../../src/platform/limits.table.js';
import { Buckets, Windows } from '../../src/platform/meters.js';
import { Problem } from '../../src/platform/problems.js';
import { RedisLink } from '../../src/platform/redis.js';
import { eventually } from '../support/expect.js';
import { hasRedisServer, RedisServer } from '../support/redis-server.js';

function configOf(environment: Record<string, string> = {}): Config {
  return readConfig({ NODE_ENV: 'test', ...environment }, '/nonexistent/.env').config;
}

/** One node's limits; closes its connections when the tests are over. */
const links: RedisLink[] = [];
function node(environment: Record<string, string> = {}): Limits {
  const config = configOf(environment);
  const link = new RedisLink(config);
  links.push(link);
  return new Limits(config, link);
}
afterAll(() => links.forEach((link) => link.onApplicationShutdown()));
afterEach(() => jest.restoreAllMocks());

/** The monotonic clock, moved by hand. */
function clock(): { pass(seconds: number): void } {
  let now = 5_000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return { pass: (seconds) => void (now += seconds * 1_000) };
}

const refused = async (what: () => unknown): Promise<Problem | undefined> => {
  try {
    await what();
    return undefined;
  } catch (error) {
    return error as Problem;
  }
};

describe('the table of limits', () => {
  it('is read from settings, one for each limit', () => {
    const config = configOf({
      BESEDKA_LIMIT_SEND: '7/2s',
      BESEDKA_REGISTRATIONS_PER_HOUR: '6',
      BESEDKA_LIMIT_SIGN_IN: '3/h',
    });
    expect(config.get('BESEDKA_LIMIT_SEND')).toEqual(new Quota(7, 2));
    expect(config.get('BESEDKA_REGISTRATIONS_PER_HOUR')).toEqual(new Quota(6, 3_600));
    expect(config.get('BESEDKA_LIMIT_SIGN_IN')).toEqual(new Quota(3, 3_600));
    expect(new Set(Object.values(LIMITS).map(({ setting }) => setting)).size).toBe(Object.keys(LIMITS).length);
  });

  it.each([
    ['30/3s', '30/3s'],
    ['600/m', '600/m'],
    ['600/60s', '600/m'],
    ['10/15m', '10/15m'],
    ['5/24h', '5/d'],
    ['5/90m', '5/90m'],
  ])('writes %s as %s', (setting, shown) => {
    expect(String(configOf({ BESEDKA_LIMIT_SEND: setting }).get('BESEDKA_LIMIT_SEND'))).toBe(shown);
  });

  it.each(['0/s', '30', '30/3', '30/3w', '-1/s', '1.5/s', '30/0s', '1e3/s', '30 / 3s', 'off'])(
    'refuses %s',
    (setting) => {
      expect(() => configOf({ BESEDKA_LIMIT_SEND: setting })).toThrow(ConfigError);
    },
  );
});

describe('a bucket', () => {
  it('gives all at once, then evenly, and never more than all', () => {
    const time = clock();
    const buckets = new Buckets(new Quota(30, 3));
    const taken = (times: number) =>
      Array.from({ length: times }, () => buckets.take('alice')).filter((wait) => wait === 0).length;
    expect(taken(100)).toBe(30);
    expect(buckets.take('alice')).toBeCloseTo(100, 3);
    expect(buckets.left('alice')).toEqual({ points: 0, resetMs: 3_000 });
    time.pass(1);
    expect(buckets.left('alice').points).toBe(10);
    expect(taken(100)).toBe(10);
    time.pass(3_600);
    expect(taken(100)).toBe(30);
    expect(buckets.take('bob')).toBe(0);
    expect(buckets.left('carol')).toEqual({ points: 30, resetMs: 0 });
  });

  it('takes nothing for what it refuses', () => {
    const time = clock();
    const buckets = new Buckets(new Quota(1, 10));
    for (let i = 0; i < 50; i++) buckets.take('alice');
    time.pass(10);
    expect(buckets.take('alice')).toBe(0);
  });

  it('is forgotten when it is full again, so that strangers do not fill the memory', () => {
    const time = clock();
    const buckets = new Buckets(new Quota(1, 10));
    const remembered = () => (buckets as unknown as { fullAt: Map<string, number> }).fullAt.size;
    for (let i = 0; i < 20_000; i++) {
      buckets.take(`address ${i}`);
      time.pass(0.1);
    }
    expect(remembered()).toBeLessThan(2_500);
    expect(buckets.take('address 19999')).toBeGreaterThan(0);
  });
});

describe('a window', () => {
  it('counts from the first time on until its time is over', () => {
    const time = clock();
    const windows = new Windows(new Quota(3, 60));
    expect(windows.add('alice', 1)).toEqual({ used: 1, resetMs: 60_000 });
    time.pass(50);
    expect(windows.add('alice', 1)).toEqual({ used: 2, resetMs: 10_000 });
    expect(windows.count('bob')).toEqual({ used: 0, resetMs: 0 });
    time.pass(10);
    expect(windows.count('alice')).toEqual({ used: 0, resetMs: 0 });
    expect(windows.add('alice', 1)).toEqual({ used: 1, resetMs: 60_000 });
  });

  it('takes back and forgets, never below nothing', () => {
    const windows = new Windows(new Quota(3, 60));
    windows.add('alice', 1);
    expect(windows.add('alice', -1).used).toBe(0);
    expect(windows.add('alice', -1).used).toBe(0);
    windows.add('alice', 2);
    windows.forget('alice');
    expect(windows.count('alice').used).toBe(0);
  });

  it('is forgotten when it is over, so that strangers do not fill the memory', () => {
    const time = clock();
    const windows = new Windows(new Quota(1, 10));
    for (let i = 0; i < 20_000; i++) {
      windows.add(`address ${i}`, 1);
      time.pass(0.1);
    }
    expect((windows as unknown as { open: Map<string, unknown> }).open.size).toBeLessThan(2_500);
    expect(windows.count('address 19999').used).toBe(1);
  });
});

describe('limits', () => {
  it('neither begin anew nor last longer when the clock of the machine is set', async () => {
    const limits = node({ BESEDKA_LIMIT_SEND: '2/1000s', BESEDKA_LIMIT_ROOM_PASSWORD: '2/1000s' });
    const tryAll = async () => {
      const send = await refused(() => limits.take('send', 17));
      const password = await refused(() => limits.count('room-password', '17:1'));
      return [send, password].map((problem) => problem?.facts.retryAfter);
    };
    for (let i = 0; i < 2; i++) expect(await tryAll()).toEqual([undefined, undefined]);
    const today = Date.now();
    for (const hours of [1, -1, 24 * 365, 0]) {
      jest.spyOn(Date, 'now').mockReturnValue(today + hours * 3_600_000);
      const [send, password] = await tryAll();
      expect(send).toBeGreaterThan(490);
      expect(send).toBeLessThanOrEqual(500);
      expect(password).toBeGreaterThan(990);
      expect(password).toBeLessThanOrEqual(1_000);
    }
  });

  it('say which they are, and when to come again', async () => {
    const limits = node({ BESEDKA_LIMIT_SEND: '1/s' });
    limits.take('send', 17);
    const problem = (await refused(() => limits.take('send', 17)))!;
    expect(problem).toBeInstanceOf(Problem);
    expect([problem.code, problem.facts.retryAfter, problem.facts.extra?.limit]).toEqual(['rate/limited', 1, 'send']);
    expect(problem.facts.extra?.retryAfterMs).toBeLessThanOrEqual(1_000);
  });

  it('decide on 100 000 messages in a moment', () => {
    const limits = node({ BESEDKA_LIMIT_SEND: '100000000/s' });
    const began = performance.now();
    for (let i = 0; i < 100_000; i++) limits.take('send', i % 500);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

(hasRedisServer ? describe : describe.skip)('limits of several nodes with a Redis', () => {
  let server: RedisServer;
  const nodes = async (environment: Record<string, string> = {}) => {
    const both = [0, 1].map(() => node({ REDIS_URL: server.url, ...environment }));
    await eventually(() => links.slice(-2).every((link) => link.ready), 'both connections');
    return both as [Limits, Limits];
  };

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.resume());
  afterAll(() => server.kill());

  const guess = (limits: Limits, right = false) =>
    refused(() =>
      new PasswordAttempts(limits).count('alice', '192.0.2.1', () => Promise.resolve(right ? 'welcome' : undefined)),
    );

  it('count what guards secrets over all of them, and a success wipes it out for all', async () => {
    const [one, other] = await nodes({ BESEDKA_REDIS_PREFIX: 'both' });
    for (let i = 0; i < 9; i++) expect(await guess(i % 2 ? one : other)).toBeUndefined();
    expect(await guess(one, true)).toBeUndefined();
    for (let i = 0; i < 10; i++) expect(await guess(i % 2 ? one : other)).toBeUndefined();
    for (const limits of [one, other]) {
      const problem = (await guess(limits, true))!;
      expect(problem.code).toBe('auth/too-many-attempts');
      expect(problem.facts.retryAfter).toBeGreaterThan(800);
      expect(problem.facts.retryAfter).toBeLessThanOrEqual(900);
    }
    const keys = await server.ask((redis) => redis.keys('both:*'));
    expect(keys.sort()).toEqual(['both:limit:sign-in-address:192.0.2.1', 'both:limit:sign-in:192.0.2.1 alice']);
    for (const key of keys) expect(await server.ask((redis) => redis.pttl(key))).toBeGreaterThan(0);
  });

  it('end a flood where it arrives: what one node has counted out costs Redis nothing', async () => {
    const [one] = await nodes({ BESEDKA_REDIS_PREFIX: 'flood', BESEDKA_REGISTRATIONS_PER_HOUR: '3' });
    for (let i = 0; i < 200; i++) await refused(() => one.count('register', '192.0.2.9'));
    expect(await server.ask((redis) => redis.get('flood:limit:register:192.0.2.9'))).toBe('3');
  });

  it.each(['pause', 'kill'] as const)(
    'go on by what each knows after a %s, and nobody waits',
    async (harm) => {
      const [one, other] = await nodes({ BESEDKA_REDIS_PREFIX: harm });
      for (let i = 0; i < 6; i++) expect(await guess(one)).toBeUndefined();
      await server[harm]();
      const waits: number[] = [];
      for (let i = 0; i < 4; i++) {
        const began = performance.now();
        expect(await guess(one)).toBeUndefined();
        waits.push(performance.now() - began);
      }
      expect((await guess(one))?.code).toBe('auth/too-many-attempts');
      // Where one has counted before still counts; the other knows nothing of it until Redis is back.
      expect(await guess(other)).toBeUndefined();
      expect(Math.max(...waits)).toBeLessThan(1_000);
      expect(waits.filter((wait) => wait > 45).length).toBeLessThanOrEqual(1);
      if (harm === 'pause') server.resume();
      else await server.start();
      await eventually(() => links.slice(-2).every((link) => link.ready), 'both connections', 8_000);
      expect((await guess(one))?.code).toBe('auth/too-many-attempts');
    },
    20_000,
  );

  it('are each its own for messages, and need no Redis', async () => {
    const [one, other] = await nodes({ BESEDKA_LIMIT_SEND: '1/1000s' });
    for (const limits of [one, other]) {
      limits.take('send', 17);
      expect((await refused(() => limits.take('send', 17)))?.code).toBe('rate/limited');
    }
  });
});
