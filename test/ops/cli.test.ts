import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { SETTINGS } from '../../src/platform/config.js';
import { freshDatabase, onServer, testServer } from '../support/databases.js';
import { besedka, ensureBuild, temporaryDirectory } from './besedka-process.js';

jest.setTimeout(90_000);

type Fresh = Awaited<ReturnType<typeof freshDatabase>>;

const directory = temporaryDirectory();
let fresh: Fresh;
let environment: Record<string, string>;

beforeAll(async () => {
  ensureBuild();
  fresh = await freshDatabase();
  environment = { DATA_DIR: directory.path, DATABASE_URL: fresh.url };
});
afterAll(async () => {
  await fresh.drop();
  directory.remove();
});

const parsed = async <T>(args: string[], input?: string): Promise<{ code: number | null; value: T }> => {
  const { code, stdout } = await besedka([...args, '--json'], environment, input);
  return { code, value: JSON.parse(stdout) as T };
};

describe('besedka user', () => {
  it('creates accounts with a role and a password from standard input', async () => {
    const root = await parsed(
      ['user', 'create', 'root', '--role', 'superuser', '--email', 'root@example.org', '--password-stdin'],
      'root: long enough\n',
    );
    expect(root).toMatchObject({ code: 0, value: { username: 'root', role: 'superuser', email: 'root@example.org' } });
    const bob = await besedka(['user', 'create', 'bob', '--password-stdin'], environment, 'bob: long enough');
    expect(bob).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Created user bob with id \d+\.\n$/) as string,
    });
  });

  it('gives roles and passwords, and the last superuser stays', async () => {
    expect(await besedka(['user', 'role', 'BOB', 'moderator'], environment)).toMatchObject({
      code: 0,
      stdout: 'bob is a moderator now.\n',
    });
    expect(
      await besedka(['user', 'password', 'bob', '--password-stdin'], environment, 'another long one'),
    ).toMatchObject({ code: 0 });
    const last = await besedka(['user', 'role', 'root', 'user', '--json'], environment);
    expect({ code: last.code, stdout: last.stdout, error: JSON.parse(last.stderr) as unknown }).toMatchObject({
      code: 1,
      stdout: '',
      error: { error: { code: 'account/last-superuser' } },
    });
    const { value } = await parsed<{ username: string; role: string }[]>(['user', 'list']);
    expect(value.map(({ username, role }) => `${username} ${role}`)).toEqual(['root superuser', 'bob moderator']);
  });

  it.each([
    ['an unknown name', ['user', 'role', 'mallory', 'user'], '', 1, 'There is no such account'],
    [
      'a name that is taken',
      ['user', 'create', 'Bob', '--password-stdin'],
      'bob: long enough',
      1,
      'This user name is taken',
    ],
    [
      'a short password',
      ['user', 'create', 'mallory', '--password-stdin'],
      'short',
      2,
      'password must have at least 8 characters',
    ],
    ['a password on no input', ['user', 'create', 'mallory'], '', 2, '--password-stdin'],
    [
      'an unknown role',
      ['user', 'create', 'mallory', '--role', 'king', '--password-stdin'],
      'x',
      2,
      'Allowed choices are user, moderator, superuser',
    ],
    ['an unknown command', ['user', 'frob'], '', 2, "unknown command 'frob'"],
    ['no command', [], '', 2, 'Usage: besedka'],
  ])('refuses %s', async (_what, args, input, exitCode, message) => {
    const { code, stdout, stderr } = await besedka(args, environment, input);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('besedka key', () => {
  it('makes, lists, replaces and revokes keys, and shows a secret once', async () => {
    const made = await parsed<{ id: number; key: string; scopes: string[] }>([
      'key',
      'create',
      'shop back end',
      '--scope',
      'rooms',
      'act_as',
      '--expires',
      '2099-01-01T00:00:00Z',
    ]);
    expect(made).toMatchObject({
      code: 0,
      value: { scopes: ['rooms', 'act_as'], createdBy: null, expiresAt: '2099-01-01T00:00:00.000Z' },
    });
    expect(made.value.key).toMatch(/^besedka_[0-9A-Za-z]{49}$/);
    const list = await besedka(['key', 'list'], environment);
    expect(list.stdout).toMatch(/shop back end +besedka_\w{4} +rooms act_as +active +never/);
    expect(list.stdout).not.toContain(made.value.key);
    const id = String(made.value.id);
    const rotated = await parsed<{ key: string }>(['key', 'rotate', id, '--overlap', '0']);
    expect(rotated.value.key).not.toBe(made.value.key);
    expect(await besedka(['key', 'revoke', id], environment)).toMatchObject({
      code: 0,
      stdout: `Key ${id} is revoked.\n`,
    });
    const { value } = await parsed<{ active: boolean }[]>(['key', 'list']);
    expect(value.map(({ active }) => active)).toEqual([false]);
    expect(await besedka(['key', 'create', 'x', '--scope', 'everything'], environment)).toMatchObject({ code: 2 });
    expect(await besedka(['key', 'revoke', 'x'], environment)).toMatchObject({ code: 2 });
    expect(await besedka(['key', 'rotate', id], environment)).toMatchObject({ code: 1 });
  });
});

describe('besedka migrate', () => {
  it('tells what is pending, applies it and tells that', async () => {
    const name = `${fresh.name}_empty`;
    await onServer(testServer(), (client) =>
      client.query(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`),
    );
    try {
      const own = { ...environment, DATABASE_URL: fresh.url.replace(fresh.name, name) };
      const applied = async () => {
        const { stdout } = await besedka(['migrate', 'status', '--json'], own);
        return (JSON.parse(stdout) as { migrations: { applied: boolean }[] }).migrations.map(
          (migration) => migration.applied,
        );
      };
      const before = await applied();
      expect(before.length).toBeGreaterThan(1);
      expect(new Set(before)).toEqual(new Set([false]));
      expect(await besedka(['migrate', 'up'], own)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Applied:\n {2}Foundation\d+\n/) as string,
      });
      expect(new Set(await applied())).toEqual(new Set([true]));
      expect(await besedka(['migrate', 'up'], own)).toMatchObject({ code: 0, stdout: 'The schema is up to date.\n' });
    } finally {
      await onServer(testServer(), (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  });
});

describe('besedka doctor', () => {
  interface Diagnosis {
    ok: boolean;
    checks: { check: string; ok: boolean; detail: string; remedy?: string }[];
  }
  const broken = async (own: Record<string, string>) => {
    const { code, stdout } = await besedka(['doctor', '--json'], { ...environment, ...own });
    const { ok, checks } = JSON.parse(stdout) as Diagnosis;
    return { code, ok, failed: checks.filter((check) => !check.ok) };
  };

  it('names a database that acknowledges too early, and the remedy', async () => {
    await onServer(testServer(), (client) => client.query(`ALTER DATABASE ${fresh.name} SET synchronous_commit = off`));
    try {
      const { code, ok, failed } = await broken({});
      expect({ code, ok, checks: failed.map(({ check }) => check) }).toEqual({
        code: 1,
        ok: false,
        checks: ['durability'],
      });
      expect(failed[0]).toMatchObject({
        detail: expect.stringContaining('synchronous_commit is off') as string,
        remedy: expect.stringContaining('Switch fsync') as string,
      });
    } finally {
      await onServer(testServer(), (client) => client.query(`ALTER DATABASE ${fresh.name} RESET synchronous_commit`));
    }
  });

  it('names a database that is not there', async () => {
    const { code, failed } = await broken({ DATABASE_URL: fresh.url.replace(fresh.name, `${fresh.name}_nowhere`) });
    expect({ code, checks: failed.map(({ check }) => check) }).toEqual({ code: 1, checks: ['database'] });
  });

  it('names mistakes in the configuration with exit code 2', async () => {
    const { code, failed } = await broken({ PORT: 'soon' });
    expect({ code, failed }).toMatchObject({
      code: 2,
      failed: [{ check: 'configuration', detail: 'PORT: must be a whole number' }],
    });
  });

  it('does not make a database where there is none yet', async () => {
    const DATA_DIR = join(directory.path, 'untouched');
    const { code, stdout } = await besedka(['doctor'], { DATA_DIR });
    expect(code).toBe(0);
    expect(stdout).toContain('which the first start will make');
    expect(existsSync(DATA_DIR)).toBe(false);
  });
});

describe('besedka config', () => {
  it('shows what the settings come to, and no secret', async () => {
    const secrets = {
      BESEDKA_JWT_SECRET: 'nobody may read this 1234567890abcdef',
      DATABASE_URL: 'postgres://besedka:hidden-word@db.example/chat',
    };
    const { code, stdout } = await besedka(['config', 'check', '--json'], {
      ...environment,
      ...secrets,
      PORT: '3100',
      BESEDKA_PROT: '1',
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      settings: { PORT: '3100', BESEDKA_JWT_SECRET: '(set)', DATABASE_URL: 'postgres://besedka:…@db.example/chat' },
      warnings: [expect.stringContaining('BESEDKA_PROT is not a setting')],
    });
    expect(stdout).not.toMatch(/hidden-word|nobody may read/);
  });

  it('tells mistakes with exit code 2', async () => {
    expect(await besedka(['config', 'check'], { PORT: '99999999', HOST: 'x' })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('- PORT: ') as string,
    });
  });

  it('prints and writes the document with every setting', async () => {
    const output = join(directory.path, 'configuration.md');
    expect(await besedka(['config', 'docs', '--output', output], {})).toMatchObject({ code: 0 });
    const { stdout } = await besedka(['config', 'docs'], {});
    expect(readFileSync(output, 'utf8')).toBe(stdout);
    for (const name of Object.keys(SETTINGS))
      expect(stdout).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\| .+ \\| .+ \\|$`, 'm'));
    expect(stdout).toMatch(/^\| `PORT` \| `3000` \| 0 to 65535 \|/m);
  });
});

describe('besedka audit', () => {
  it('says that the log is whole, and names the first row that is not', async () => {
    const whole = await parsed<{ ok: boolean; rows: number; head: string }>(['audit', 'verify']);
    expect(whole).toMatchObject({ code: 0, value: { ok: true, broken: null } });
    expect(whole.value.rows).toBeGreaterThan(0);
    expect(whole.value.head).toMatch(/^[0-9a-f]{64}$/);
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query(
      `ALTER TABLE audit_log DISABLE TRIGGER ALL; UPDATE audit_log SET reason = 'nothing' WHERE id = ${whole.value.rows}`,
    );
    await client.end();
    const broken = await besedka(['audit', 'verify'], environment);
    expect(broken).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`Row ${whole.value.rows} is broken`) as string,
    });
  });
});
