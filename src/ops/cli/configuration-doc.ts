import { z } from 'zod';
import { SETTINGS } from '../../platform/config.js';

interface Setting {
  read: z.ZodType;
  byDefault?: string;
  says: string;
}

interface JsonSchema {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
}

/** docs/configuration.md as it must be, made from the table of settings. */
export function renderConfigurationDoc(): string {
  const rows = Object.entries<Setting>(SETTINGS).map(
    ([name, setting]) => `| \`${name}\` | ${defaultOf(setting)} | ${allowedIn(setting)} | ${setting.says} |`,
  );
  return `${INTRODUCTION}\n| name | default | allowed | meaning |\n| --- | --- | --- | --- |\n${rows.map((row) => `${row}\n`).join('')}${PRODUCTION}`;
}

function defaultOf({ byDefault }: Setting): string {
  return byDefault ? `\`${byDefault}\`` : 'none';
}

/** What a value may be: from the schema where it says so, else in the words of its refusal. */
export function allowedIn({ read }: Pick<Setting, 'read'>): string {
  const taken = schemaOf(read, 'input');
  if (taken.enum) return taken.enum.map((value) => `\`${value}\``).join(', ');
  const meant = schemaOf(read, 'output');
  if (meant.type === 'number' || meant.type === 'integer') return `${meant.minimum} to ${meant.maximum}`;
  const refusal = read.safeParse('\u0000').error?.issues[0];
  const words =
    refusal?.code === 'invalid_union'
      ? refusal.errors.flat().find((issue) => issue.code === 'invalid_format')?.message
      : refusal?.message;
  return words?.replace(/^must be /, '').replace(/^must begin/, 'begins') ?? 'text';
}

function schemaOf(read: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return z.toJSONSchema(read, { io, unrepresentable: 'any' }) as JsonSchema;
}

const INTRODUCTION = `<!-- Made by \`npm run generate\` from src/platform/config.ts. -->

# Configuration

Besedka reads its settings from environment variables, and beneath them from the file \`.env\` of the directory in which it is
started. It reads them once, at start: a setting with a mistake keeps it from starting, and all mistakes are told at once. An
unknown name that begins with \`BESEDKA_\` is told with the nearest known one. Check without starting: \`npx besedka config check\`.
`;

const PRODUCTION = `
## In production

With \`NODE_ENV=production\` Besedka refuses to start

- without \`BESEDKA_JWT_SECRET\`, or with one that is short or looks like a default;
- with \`BESEDKA_SYNCHRONIZE\`;
- on a database that acknowledges before it is durable: \`fsync\`, \`synchronous_commit\` or \`full_page_writes\` off. Elsewhere it warns.

Everywhere it refuses \`BESEDKA_CORS_ORIGINS=*\` together with \`BESEDKA_CORS_CREDENTIALS=true\`, a PostgreSQL older than 15, and a
database whose encoding is not UTF8.
`;
