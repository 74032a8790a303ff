import { readConfig } from '../../src/platform/config.js';
import { RedisLink } from '../../src/platform/redis.js';
import { eventually } from '../support/expect.js';
import { hasRedisServer, RedisServer } from '../support/redis-server.js';

function linkTo(REDIS_URL: string): RedisLink {
  return new RedisLink(readConfig({ NODE_ENV: 'test', REDIS_URL }, '/nonexistent/.env').config);
}

/** What a question came to, and how long it took. */
async function asked(link: RedisLink): Promise<{ answer: string; milliseconds: number }> {
  const began = performance.now();
  const answer = await link.inTime((redis) => redis.ping()).catch((error: Error) => error.message);
  return { answer, milliseconds: performance.now() - began };
}

describe('without a Redis', () => {
  it('nothing is connected, and every question is refused', async () => {
    const link = new RedisLink(readConfig({ NODE_ENV: 'test' }, '/nonexistent/.env').config);
    expect([link.commands, link.open('more'), link.ready]).toEqual([undefined, undefined, false]);
    await expect(link.inTime(() => Promise.resolve(1))).rejects.toThrow('no connection');
    link.onApplicationShutdown();
  });

  it('is one that is not there: refused at once, again and again, and the process lives', async () => {
    const link = linkTo('redis://127.0.0.1:1');
    try {
      for (let i = 0; i < 20; i++) expect((await asked(link)).answer).toBe('there is no connection');
    } finally {
      link.onApplicationShutdown();
    }
  });
});

(hasRedisServer ? describe : describe.skip)('with a Redis', () => {
  let server: RedisServer;
  let link: RedisLink;

  beforeAll(async () => {
    server = await RedisServer.start();
    link = linkTo(server.url);
    await eventually(() => link.ready, 'the connection');
  });
  afterAll(async () => {
    link.onApplicationShutdown();
    server.resume();
    await server.kill();
  });

  it('questions are answered, under names of our own', async () => {
    await link.inTime((redis) => redis.set(link.key('one'), '1'));
    expect(await server.ask((redis) => redis.keys('*'))).toEqual(['besedka:one']);
  });

  it('that stops answering, one question waits 50 ms and the others nothing, until it is back', async () => {
    server.pause();
    const first = await asked(link);
    expect(first.answer).toBe('no answer within 50 ms');
    expect(first.milliseconds).toBeLessThan(500);
    const next = await Promise.all(Array.from({ length: 200 }, () => asked(link)));
    expect(new Set(next.map(({ answer }) => answer)).has('no answer within 50 ms')).toBe(false);
    server.resume();
    await eventually(async () => (await asked(link)).answer === 'PONG', 'an answer', 8_000);
  }, 15_000);

  it('that dies, nothing waits, and its successor is found', async () => {
    await server.kill();
    await eventually(() => !link.ready, 'the end of the connection');
    expect((await asked(link)).milliseconds).toBeLessThan(40);
    await server.start();
    await eventually(async () => (await asked(link)).answer === 'PONG', 'an answer', 8_000);
  }, 15_000);
});
