import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';

/** Where Nest tells how it puts the application together: of no use to who runs it. */
const ASSEMBLY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'WebSocketsController',
  'NestApplication',
]);

/** Nest's log lines as structured JSON; objects become fields, and nothing of a request's body is ever among them. */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(level: string) {
    this.pino = pino(
      { level, base: undefined, timestamp: () => `,"time":"${new Date().toISOString()}"` },
      pino.destination({ dest: 2, sync: true }),
    );
  }

  log = (message: unknown, ...rest: unknown[]) =>
    this.write(ASSEMBLY.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  warn = (message: unknown, ...rest: unknown[]) => this.write('warn', message, rest);
  error = (message: unknown, ...rest: unknown[]) => this.write('error', message, rest);
  fatal = (message: unknown, ...rest: unknown[]) => this.write('fatal', message, rest);
  debug = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]) => this.write('debug', message, rest);

  private write(level: 'info' | 'warn' | 'error' | 'fatal' | 'debug', message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const fields = {
      ...(typeof context === 'string' ? { context } : {}),
      ...(typeof message === 'object' && message !== null && !(message instanceof Error) ? message : {}),
    };
    this.pino[level](
      fields,
      message instanceof Error ? (message.stack ?? message.message) : typeof message === 'string' ? message : undefined,
    );
  }
}
