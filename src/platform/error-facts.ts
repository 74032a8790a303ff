import { QueryFailedError } from 'typeorm';

/** What may be logged of an error. That of a statement quotes values in its message: of it the code, the place and the stack remain. */
export function errorFacts(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const source = (error instanceof QueryFailedError ? error.driverError : error) as Error & Record<string, unknown>;
  const { code, routine, constraint, table } = source;
  if (typeof code !== 'string' || typeof routine !== 'string') return { error: error.stack ?? error.message };
  return { error: `${error.name} ${code}`, sqlState: code, routine, constraint, table, stack: framesOf(error) };
}

function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
