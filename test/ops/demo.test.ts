import { verify } from '@node-rs/argon2';
import pg from 'pg';
import { conversation } from '../../src/ops/cli/demo/conversation.js';
import { DIRECT_ROOMS, PEOPLE, ROOMS } from '../../src/ops/cli/demo/people.js';
import { freshDatabase, testServer } from '../support/databases.js';
import { besedka, ensureBuild, temporaryDirectory } from './besedka-process.js';

jest.setTimeout(90_000);

const MESSAGES = [...ROOMS, ...DIRECT_ROOMS].reduce((sum, room) => sum + room.messages, 0);

describe('a conversation of the demo', () => {
  const [lobby] = ROOMS;
  const said = (room: string) => conversation(room, lobby!.languages, lobby!.members, 600);

  it('is the same whenever it is asked for, and another one in another room', () => {
    expect(said('lobby')).toEqual(said('lobby'));
    expect(said('lobby')).not.toEqual(said('vault'));
  });

  it('is in both languages, without a hole in a sentence, and answers what was said before', () => {
    const lines = said('lobby');
    expect(lines.filter(({ text }) => /[а-яё]/i.test(text)).length).toBeGreaterThan(200);
    expect(lines.filter(({ text }) => /^[^а-яё]*$/i.test(text)).length).toBeGreaterThan(200);
    expect(lines.filter(({ text, editedTo = '' }) => /[{}]|undefined|^\s*$/.test(text + editedTo))).toEqual([]);
    const answers = lines.flatMap(({ replyTo }, index) => (replyTo === undefined ? [] : [index - replyTo]));
    expect(answers.length).toBeGreaterThan(100);
    expect(Math.min(...answers)).toBeGreaterThan(0);
  });
});

describe('besedka demo', () => {
  const directory = temporaryDirectory();
  let fresh: Awaited<ReturnType<typeof freshDatabase>>;
  let client: pg.Client;
  let environment: Record<string, string>;

  beforeAll(async () => {
    ensureBuild();
    fresh = await freshDatabase();
    client = new pg.Client({ ...testServer().address, database: fresh.name });
    client.on('error', () => undefined);
    await client.connect();
    environment = { DATA_DIR: directory.path, DATABASE_URL: fresh.url };
  });
  afterAll(async () => {
    await client.end();
    await fresh.drop();
    directory.remove();
  });

  const count = async (what: string) =>
    Number((await client.query<{ count: string }>(`SELECT count(*) FROM ${what}`)).rows[0]!.count);

  it('fills an empty database with people, rooms of every preset and what they say', async () => {
    const { code, stdout, stderr } = await besedka(['demo', '--json'], environment);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { people, messages } = JSON.parse(stdout) as {
      people: { username: string; password: string }[];
      messages: number;
    };
    expect(messages).toBe(MESSAGES);
    expect(await count('messages')).toBe(MESSAGES);
    expect(people.map(({ username }) => username)).toEqual(PEOPLE.map(({ username }) => username));
    for (const { username, password } of people.slice(0, 2)) {
      const { rows } = await client.query<{ password_hash: string }>(
        'SELECT password_hash FROM accounts WHERE username = $1',
        [username],
      );
      expect(await verify(rows[0]!.password_hash, password)).toBe(true);
    }
    const { rows } = await client.query<{ preset: string }>('SELECT DISTINCT preset FROM rooms ORDER BY preset');
    expect(rows.map(({ preset }) => preset)).toEqual(['closed', 'direct', 'open', 'private', 'roster']);
    expect(await count('messages WHERE edited_at IS NOT NULL')).toBeGreaterThan(30);
    expect(await count('messages WHERE deleted_at IS NOT NULL')).toBeGreaterThan(10);
    expect(await count('messages WHERE reply_to IS NOT NULL')).toBeGreaterThan(500);
  });

  it('changes nothing the second time, and says so', async () => {
    const again = await besedka(['demo', '--force'], environment);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was changed') as string });
    expect([await count('messages'), await count('accounts')]).toEqual([MESSAGES, PEOPLE.length]);
  });

  it('refuses a database of other people unless it is forced, and never takes their names', async () => {
    await client.query(`UPDATE accounts SET username = 'x' || id, username_key = 'x' || id WHERE username <> 'alice'`);
    const [refused, forced] = [await besedka(['demo'], environment), await besedka(['demo', '--force'], environment)];
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') as string });
    expect(forced).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('which other people have: alice') as string,
    });
    expect([await count('messages'), await count('accounts')]).toEqual([MESSAGES, PEOPLE.length]);
  });
});
