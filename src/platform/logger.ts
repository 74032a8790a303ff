/**
 * The log of the service: JSON lines on stderr, or readable ones where a person looks at a terminal.
 *
 * Invariant: no line holds a text that people wrote to each other, or anything with which one could sign in. What is logged are counts, codes,
 * ids and routes; errors are cut down to what cannot quote a value; and the names below are struck out wherever they still appear.
 */
import type { LoggerService } from '@nestjs/common';
import { type DestinationStream, pino, type Logger } from 'pino';
import { errorFacts } from './error-facts.js';
import { readableLines } from './readable-lines.js';

/** Where Nest tells how it puts the application together: of no use to who runs it. */
const ASSEMBLY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
  'NestApplication',
]);

const SECRETS = new Set([
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'access_token',
  'refresh_token',
  'ticket',
  'secret',
  'authorization',
  'cookie',
  'text',
  'body',
  'headers',
  'query',
]);
const DEEPEST = 3;

type Level = 'info' | 'warn' | 'error' | 'fatal' | 'debug';

/** Nest's log lines as structured ones: an object becomes fields, the string beside it the message. */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string, destination: DestinationStream = standardError()) {
    this.pino = pino(
      {
        level,
        base: undefined,
        timestamp: () => `,"time":"${new Date().toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    );
  }

  log = (message: unknown, ...rest: unknown[]) =>
    this.write(ASSEMBLY.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  warn = (message: unknown, ...rest: unknown[]) => this.write('warn', message, rest);
  error = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
  fatal = (message: unknown, ...rest: unknown[]) => this.write('fatal', message, rest);
  debug = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);

  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const context = rest.length > 0 && typeof rest.at(-1) === 'string' ? { context: rest.at(-1) } : {};
    if (message instanceof Error) return this.pino[level]({ ...context, ...errorFacts(message) });
    if (typeof message !== 'object' || message === null) return this.pino[level](context, String(message));
    const beside = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    this.pino[level]({ ...context, ...withoutSecrets(message) }, beside);
  }
}

function withoutSecrets(fields: object, depth = 1): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    shown[name] = SECRETS.has(name) ? '[hidden]' : shownOf(value, depth);
  return shown;
}

function shownOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return errorFacts(value).error;
  if (depth >= DEEPEST) return '[…]';
  if (Array.isArray(value)) return value.map((item: unknown) => shownOf(item, depth + 1));
  return withoutSecrets(value, depth + 1);
}

function standardError(): DestinationStream {
  return process.stderr.isTTY ? readableLines(process.stderr) : pino.destination({ dest: 2, sync: true });
}
