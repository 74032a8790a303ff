import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { defaultDataDir } from './default-data-dir.js';
import { LIMIT_SETTINGS } from './limits.table.js';
import { nearest } from './nearest-name.js';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const origins = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
  )
  .pipe(
    z.array(
      z.union([
        z.literal('*'),
        z.string().regex(/^https?:\/\/[^/]+$/, 'must be origins such as https://app.example, separated by commas'),
      ]),
    ),
  );

/** Every dialect that the service speaks. */
export const DIALECT_NAMES = ['pychat', 'chatapi', 'atomchat', 'roschat', 'thanchat'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

const dialects = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.enum(DIALECT_NAMES, `must be names out of ${DIALECT_NAMES.join(', ')}, separated by commas`)));

const DATA = './data';

/** Every setting: its name, how it is read, its default as written, and what it is for. `docs/configuration.md` is made from this table. */
export const SETTINGS = {
  NODE_ENV: {
    read: z.enum(['development', 'test', 'production']),
    byDefault: 'development',
    says: '`production` refuses unsafe settings at start.',
  },
  HOST: { read: z.string().min(1), byDefault: '127.0.0.1', says: 'Address to listen on; `0.0.0.0` listens on all.' },
  PORT: { read: whole(0, 65535), byDefault: '3000', says: 'TCP port; 0 takes a free one.' },
  DATA_DIR: {
    read: z
      .string()
      .min(1)
      .transform((path) => (path === DATA ? defaultDataDir() : resolve(path))),
    byDefault: DATA,
    says: 'Where the embedded database and generated secrets live. As root in a directory closed to others the default is one of its own under `/var/lib/besedka`.',
  },
  DATABASE_URL: {
    read: z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres://'),
    says: 'A PostgreSQL of your own (15 or later) instead of the embedded one.',
  },
  REDIS_URL: {
    read: z.string().regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://'),
    says: 'A Redis that carries hints, presence and counters of limits between nodes. Nothing durable depends on it: without it, or while it is away, each node counts by itself.',
  },
  BESEDKA_REDIS_PREFIX: {
    read: z.string().regex(/^[\w.-]{1,40}$/, 'must be up to 40 letters, digits, dots, dashes and underscores'),
    byDefault: 'besedka',
    says: 'Begins the names of all keys and channels in Redis, for installations that share one.',
  },
  BESEDKA_DATABASE_POOL: { read: whole(2, 200), byDefault: '16', says: 'Database connections of this process.' },
  BESEDKA_SYNCHRONIZE: {
    read: flag,
    byDefault: 'false',
    says: 'TypeORM schema synchronisation, for experiments with entities; refused in production.',
  },
  BESEDKA_JWT_SECRET: {
    read: z.string(),
    secret: true,
    says: 'Signs access tokens, at least 32 characters. Without it a random one is kept in `DATA_DIR` (not in production).',
  },
  BESEDKA_ACCESS_TOKEN_SECONDS: { read: whole(5, 600), byDefault: '600', says: 'Life of an access token.' },
  BESEDKA_SESSION_DAYS: {
    read: whole(1, 400),
    byDefault: '30',
    says: 'Life of a session without use of its refresh token.',
  },
  BESEDKA_RETENTION_DAYS: {
    read: whole(1, 4000),
    byDefault: '30',
    says: 'For how long sessions that have ended or expired are kept with their refresh tokens, finished deletions that led to no sanction, and the events that servers read and have delivered.',
  },
  BESEDKA_PUBLIC_URL: {
    read: z
      .string()
      .regex(/^https?:\/\/[^?#]+$/, 'must be an http(s) address')
      .transform((url) => url.replace(/\/+$/, '')),
    says: 'Address under which people reach the service; links are built from it.',
  },
  BESEDKA_CORS_ORIGINS: {
    read: origins,
    byDefault: '',
    says: 'Origins of web apps that may call the API and open sockets, separated by commas; the service itself is always allowed.',
  },
  BESEDKA_CORS_CREDENTIALS: {
    read: flag,
    byDefault: 'false',
    says: 'Allow cookies and HTTP authentication across origins.',
  },
  BESEDKA_OUTGOING_ALLOWED: {
    read: z.string().transform((list) =>
      list
        .split(',')
        .map((address) => address.trim())
        .filter(Boolean),
    ),
    byDefault: '',
    says: 'Private IP addresses and ranges, separated by commas, that the service may ask although they are private, such as a key set or a webhook in a closed network. All other private addresses are refused.',
  },
  BESEDKA_TRUST_PROXY: {
    read: whole(0, 10),
    byDefault: '0',
    says: 'How many proxies stand before the service and append to `X-Forwarded-For`: the address counted from the right is the caller. 0 ignores the header, which anybody can forge.',
  },
  BESEDKA_REGISTRATION: {
    read: z.enum(['open', 'closed']),
    byDefault: 'open',
    says: 'Whether anybody may register an account.',
  },
  DIALECTS: {
    read: dialects,
    byDefault: DIALECT_NAMES.join(','),
    mayBeEmpty: true,
    says: 'Chat APIs of other servers that the service speaks beside its own, separated by commas; none where it is set to nothing. Described at `/docs/dialects`.',
  },
  CHATAPI_TRUSTED: {
    read: flag,
    byDefault: 'false',
    says: 'Lets everybody who reaches the service use the dialect `chatapi` without an API key: to read every chat and to write for every account. For closed networks only.',
  },
  CHATAPI_PORT: {
    read: whole(0, 65535),
    says: 'Serve the dialect `chatapi` alone on this port of 127.0.0.1 as well; 0 takes a free one. It asks for keys there, too, unless `CHATAPI_TRUSTED` is set.',
  },
  BESEDKA_TRANSPORTS: {
    read: z.enum(['websocket', 'websocket,polling']),
    byDefault: 'websocket',
    says: 'Socket.IO transports; polling over several nodes needs sticky sessions.',
  },
  BESEDKA_JOINED_FRAMES: {
    read: flag,
    byDefault: 'true',
    says: 'Join the frames of a batch into one write per socket.',
  },
  BESEDKA_SOCKETS_PER_ACCOUNT: {
    read: whole(1, 1_000_000),
    byDefault: '10',
    says: 'Open sockets of one account on this node.',
  },
  BESEDKA_SOCKETS_PER_ADDRESS: {
    read: whole(1, 1_000_000),
    byDefault: '50',
    says: 'Open sockets of one address on this node, and as many more that have not signed in yet.',
  },
  BESEDKA_CONNECTIONS_PER_ADDRESS: {
    read: whole(1, 1_000_000),
    byDefault: '1000',
    says: 'Open TCP connections of one address on this node, whatever they are for; behind a proxy (`BESEDKA_TRUST_PROXY`) the proxy has to count them.',
  },
  ...LIMIT_SETTINGS,
  BESEDKA_METRICS_PORT: {
    read: whole(0, 65535),
    says: 'Serve `/metrics` for Prometheus on a port of its own, at `HOST`; keep it from the public. 0 takes a free one.',
  },
  BESEDKA_METRICS_TOKEN: {
    read: z.string().min(16, 'must have at least 16 characters'),
    secret: true,
    says: 'Serve `/metrics` on `PORT`, to who sends this as bearer token; the port of its own then asks for it, too. Without token and port there are no metrics.',
  },
  BESEDKA_LOG_LEVEL: {
    read: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    byDefault: 'info',
    says: 'Least severity that is logged: `info` has a line for each request and each socket, `debug` also those about health.',
  },
} as const satisfies Record<
  string,
  { read: z.ZodType; byDefault?: string; says: string; secret?: boolean; mayBeEmpty?: true }
>;

type Name = keyof typeof SETTINGS;
type Value<N extends Name> = z.output<(typeof SETTINGS)[N]['read']>;
type Given<N extends Name> = (typeof SETTINGS)[N] extends { byDefault: string } ? Value<N> : Value<N> | undefined;

/** The service's settings, read once, typed and checked. */
export type Settings = { readonly [N in Name]: Given<N> };

/** Injection token of the settings. */
export class Config {
  constructor(readonly settings: Settings) {}

  get<N extends Name>(name: N): Settings[N] {
    return this.settings[name];
  }

  get production(): boolean {
    return this.settings.NODE_ENV === 'production';
  }
}

/** All mistakes of a configuration at once. */
export class ConfigError extends Error {
  constructor(readonly mistakes: readonly string[]) {
    super(
      `The configuration has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`,
    );
  }
}

/** Reads the environment over `.env` of the working directory; throws ConfigError, returns warnings about unknown names. */
export function readConfig(
  environment: NodeJS.ProcessEnv = process.env,
  file = '.env',
): { config: Config; warnings: string[] } {
  const env: NodeJS.ProcessEnv = { ...(existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}), ...environment };
  const mistakes: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<{ read: z.ZodType; byDefault?: string; mayBeEmpty?: true }>(SETTINGS)) {
    const given = env[name]?.trim();
    const text = setting.mayBeEmpty ? (given ?? setting.byDefault) : given || setting.byDefault;
    if (text === undefined) continue;
    const result = setting.read.safeParse(text);
    if (result.success) settings[name] = result.data;
    else mistakes.push(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (mistakes.length === 0) mistakes.push(...unsafeIn(settings as Settings));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    config: new Config(settings as Settings),
    warnings: [...unknownNames(env), ...daring(settings as Settings)],
  };
}

function unsafeIn(settings: Settings): string[] {
  const unsafe: string[] = [];
  const secret = settings.BESEDKA_JWT_SECRET;
  if (secret !== undefined && secret.length < 32) unsafe.push('BESEDKA_JWT_SECRET: must have at least 32 characters');
  if (settings.BESEDKA_CORS_CREDENTIALS && settings.BESEDKA_CORS_ORIGINS.includes('*'))
    unsafe.push(
      'BESEDKA_CORS_ORIGINS: "*" together with BESEDKA_CORS_CREDENTIALS lets every web page act for the signed-in person',
    );
  if (settings.NODE_ENV !== 'production') return unsafe;
  if (secret === undefined) unsafe.push('BESEDKA_JWT_SECRET: must be set in production');
  else if (
    secret.length >= 32 &&
    (new Set(secret).size < 10 || /change.?me|secret|password|example|default/i.test(secret))
  )
    unsafe.push('BESEDKA_JWT_SECRET: looks like a default; make one with `openssl rand -base64 48`');
  if (settings.BESEDKA_SYNCHRONIZE)
    unsafe.push('BESEDKA_SYNCHRONIZE: never in production, it can drop columns with their data');
  return unsafe;
}

/** What is allowed and should be meant. */
function daring({ CHATAPI_TRUSTED: trusted, CHATAPI_PORT: port, DIALECTS: spoken }: Settings): string[] {
  const warnings: string[] = [];
  if (spoken.includes('chatapi')) {
    if (trusted)
      warnings.push(
        'CHATAPI_TRUSTED lets everybody who reaches this service read every chat and write for every account, without a key.',
      );
  } else if (trusted || port !== undefined)
    warnings.push('CHATAPI_TRUSTED and CHATAPI_PORT do nothing while DIALECTS leaves chatapi out.');
  return warnings;
}

function unknownNames(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('BESEDKA_') && !(name in SETTINGS))
    .map((name) => `${name} is not a setting of Besedka; the nearest is ${nearest(name, Object.keys(SETTINGS))}.`);
}
