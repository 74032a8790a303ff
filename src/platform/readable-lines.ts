import type { DestinationStream } from 'pino';
import picocolors from 'picocolors';

type Colour = (text: string) => string;

const COLOURS: Record<string, Colour> = {
  debug: picocolors.dim,
  info: picocolors.green,
  warn: picocolors.yellow,
  error: picocolors.red,
  fatal: picocolors.red,
};

/** Log lines for a person before a terminal: time, level, message, and the fields behind them. */
export function readableLines(out: { write(text: string): unknown }): DestinationStream {
  return { write: (line) => void out.write(readable(line)) };
}

function readable(line: string): string {
  const { level, time, context, msg, error, stack, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const colour = COLOURS[String(level)] ?? String;
  const rest = Object.entries(fields).map(([name, value]) => picocolors.dim(`${name}=${shown(value)}`));
  const head = [String(time).slice(11, 23), colour(String(level).padEnd(5)), context, msg, ...rest];
  const tail = [error, stack].flatMap((text) => (text === undefined ? [] : [`\n${shown(text)}`]));
  return `${head.filter((part) => part !== undefined && part !== '').join(' ')}${tail.join('')}\n`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
