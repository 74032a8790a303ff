import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig, SETTINGS } from '../../src/platform/config.js';
import { defaultDataDir } from '../../src/platform/default-data-dir.js';

const NO_FILE = '/nonexistent/.env';
const SECRET = 'x9K2mQ7vL4pR8tW1zB6nC3yD5fG0hJ-s';

function mistakesIn(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(environment, NO_FILE);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
}

describe('the configuration', () => {
  it('works without any setting', () => {
    const { config, warnings } = readConfig({}, NO_FILE);
    expect(config.settings).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      DATA_DIR: defaultDataDir(),
      BESEDKA_REGISTRATION: 'open',
      BESEDKA_CORS_ORIGINS: [],
    });
    expect(config.get('DATABASE_URL')).toBeUndefined();
    expect(config.production).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('keeps data beside the service; for root in a closed place, where PostgreSQL could not reach them, under /var/lib', () => {
    const open = mkdtempSync(join(tmpdir(), 'besedka-open-'));
    const closed = mkdtempSync(join(tmpdir(), 'besedka-closed-'));
    try {
      chmodSync(open, 0o755);
      chmodSync(closed, 0o700);
      const root = process.getuid?.() === 0;
      expect(defaultDataDir(open)).toBe(join(open, 'data'));
      expect(defaultDataDir(closed)).toMatch(root ? /^\/var\/lib\/besedka\/[0-9a-f]{12}$/ : /data$/);
    } finally {
      for (const directory of [open, closed]) rmSync(directory, { recursive: true });
    }
  });

  it('tells all mistakes at once, each with its name', () => {
    const mistakes = mistakesIn({
      PORT: '70000',
      DATABASE_URL: 'mysql://x',
      BESEDKA_TRUST_PROXY: 'yes',
      BESEDKA_CORS_ORIGINS: 'https://a.example/path',
      BESEDKA_PUBLIC_URL: 'chat.example',
    });
    expect(mistakes.map((mistake) => mistake.split(':')[0])).toEqual([
      'PORT',
      'DATABASE_URL',
      'BESEDKA_PUBLIC_URL',
      'BESEDKA_CORS_ORIGINS',
      'BESEDKA_TRUST_PROXY',
    ]);
  });

  it.each(['1e3', '0x10', '-1', '3000.5', ' 3 000', '99999999999999999999', 'NaN'])(
    'does not take %s for a port',
    (PORT) => {
      expect(mistakesIn({ PORT })).toHaveLength(1);
    },
  );

  it('takes an empty or blank value as none', () => {
    expect(readConfig({ PORT: '', HOST: '  ', DATABASE_URL: '' }, NO_FILE).config.settings).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
    });
  });

  it('warns about unknown names of ours with the nearest known one, and about no others', () => {
    const { warnings } = readConfig(
      { BESEDKA_REGISTRATIN: 'closed', BESEDKA_POOL: '3', SOME_OTHER: '1', PROT: '2' },
      NO_FILE,
    );
    expect(warnings).toEqual([
      'BESEDKA_REGISTRATIN is not a setting of Besedka; the nearest is BESEDKA_REGISTRATION.',
      expect.stringMatching(/^BESEDKA_POOL is not a setting of Besedka; the nearest is BESEDKA_\w+\.$/),
    ]);
  });

  it('reads .env beneath the environment', () => {
    const directory = mkdtempSync(join(tmpdir(), 'besedka-config-'));
    const file = join(directory, '.env');
    writeFileSync(file, 'PORT=4000\nHOST="::1"\nBESEDKA_WRONG=1\n');
    const { config, warnings } = readConfig({ PORT: '5000' }, file);
    expect(config.settings).toMatchObject({ PORT: 5000, HOST: '::1' });
    expect(warnings).toHaveLength(1);
    rmSync(directory, { recursive: true });
  });

  it('says what each setting is for, and every default is a value that it takes', () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      expect(setting.says).toMatch(/\.$/);
      if ('byDefault' in setting)
        expect([name, setting.read.safeParse(setting.byDefault).success]).toEqual([name, true]);
    }
  });
});

describe('a short secret, and credentials for every origin', () => {
  it('are refused everywhere', () => {
    expect(mistakesIn({ BESEDKA_JWT_SECRET: 'short' })).toEqual([expect.stringContaining('at least 32 characters')]);
    const both = { BESEDKA_CORS_ORIGINS: '*', BESEDKA_CORS_CREDENTIALS: 'true' };
    expect(mistakesIn(both)).toEqual([expect.stringContaining('BESEDKA_CORS_ORIGINS')]);
    expect(mistakesIn({ ...both, BESEDKA_CORS_CREDENTIALS: 'false' })).toEqual([]);
    expect(mistakesIn({ ...both, BESEDKA_CORS_ORIGINS: 'https://app.example' })).toEqual([]);
  });
});

describe('in production', () => {
  const production = { NODE_ENV: 'production', BESEDKA_JWT_SECRET: SECRET };

  it('a safe configuration is taken', () => {
    expect(mistakesIn(production)).toEqual([]);
  });

  it.each([
    ['no secret', { BESEDKA_JWT_SECRET: '' }, 'BESEDKA_JWT_SECRET: must be set'],
    ['a short secret', { BESEDKA_JWT_SECRET: SECRET.slice(1) }, 'at least 32 characters'],
    ['a secret of few characters', { BESEDKA_JWT_SECRET: 'ab'.repeat(20) }, 'looks like a default'],
    [
      'a secret out of a template',
      { BESEDKA_JWT_SECRET: 'please-change-me-0123456789-abcdefgh' },
      'looks like a default',
    ],
    ['schema synchronisation', { BESEDKA_SYNCHRONIZE: 'true' }, 'BESEDKA_SYNCHRONIZE: never in production'],
  ])('%s is refused, and nowhere else', (_what, unsafe, message) => {
    expect(mistakesIn({ ...production, ...unsafe })).toEqual([expect.stringContaining(message)]);
    if (!message.includes('32')) expect(mistakesIn({ ...unsafe, NODE_ENV: 'development' })).toEqual([]);
  });
});
