import { ConfigError } from '../../platform/config.js';
import { EmbeddedPostgresError } from '../../platform/embedded/embedded-postgres.error.js';
import { Problem } from '../../platform/problems.js';

/** A command that could not do what it was asked for, with the reason for people. */
export class CommandFailed extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A command that was asked wrongly. */
export class CommandMistaken extends CommandFailed {}

export interface Explanation {
  exitCode: 1 | 2;
  code: string;
  message: string;
}

/** What an error of a command means to the person who gave it. */
export async function explain(error: unknown): Promise<Explanation> {
  if (error instanceof ConfigError) return { exitCode: 2, code: 'configuration/invalid', message: error.message };
  if (error instanceof CommandFailed)
    return { exitCode: error instanceof CommandMistaken ? 2 : 1, code: error.code, message: error.message };
  if (error instanceof EmbeddedPostgresError)
    return { exitCode: 1, code: `database/${error.code.replaceAll('_', '-')}`, message: error.message };
  const { DatabaseRefused } = await import('../../platform/prepare-database.js');
  if (error instanceof DatabaseRefused) return { exitCode: 1, code: 'database/refused', message: error.message };
  if (error instanceof Problem) {
    const fields = error.facts.errors
      ?.map(({ pointer, message }) => `${pointer.replace('#/', '')} ${message}`)
      .join('; ');
    return {
      exitCode: error.code === 'request/invalid' ? 2 : 1,
      code: error.code,
      message: fields ?? `${error.message}.`,
    };
  }
  return {
    exitCode: 1,
    code: 'server/internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}
