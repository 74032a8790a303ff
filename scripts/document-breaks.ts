import { apiCompare } from 'api-smart-diff';

/** Which changes of the OpenAPI document break those who built on it; `npm run check` asks through breaking-changes.ts. */

type Json = Record<string, unknown>;
interface Difference {
  action: string;
  type: string;
  path: (string | number)[];
  before?: unknown;
  after?: unknown;
}

/** Words for people: they may change at any time. Their places are none of the names that a schema gives to its fields. */
const WORDS = new Set(['description', 'summary', 'example', 'examples', 'title', 'x-codes']);
const LEAST_REASON = 20;
const OPEN = /\bnew ones may come\b/i;

/** The document as programs depend on it. Where words say that a list is open, that is kept. */
export function withoutWords(document: unknown, isMap = false): unknown {
  if (Array.isArray(document)) return document.map((one) => withoutWords(one));
  if (typeof document !== 'object' || document === null) return document;
  const { description, enum: one } = document as Json;
  const open = !isMap && one !== undefined && typeof description === 'string' && OPEN.test(description);
  return Object.fromEntries(
    Object.entries(document)
      .filter(([name]) => isMap || (!WORDS.has(name) && !(open && name === 'enum')))
      .map(([name, value]) => [name, withoutWords(value, !isMap && (name === 'properties' || name === 'schemas'))]),
  );
}

/** What of the first document the second breaks, each in a line that stays the same as long as the break does. */
export function breaksBetween(before: unknown, after: unknown): string[] {
  const { diffs } = apiCompare(before, after) as { diffs: Difference[] };
  // A schema breaks something only where it is used, and only there it is known whether it is taken or given.
  const breaks = diffs.filter((one) => one.path[0] === 'paths' && breaking(one));
  return [...new Set(breaks.map(lineOf))].sort();
}

/** What is wrong with the list of accepted breaks, and which breaks it does not have. */
export function judged(breaks: readonly string[], accepted: Readonly<Record<string, string>>): string[] {
  const unlisted = breaks.filter((one) => !(one in accepted)).map((one) => `breaks: ${one}`);
  const idle = Object.keys(accepted).filter((one) => !breaks.includes(one));
  const unexplained = Object.entries(accepted).filter(([, reason]) => reason.trim().length < LEAST_REASON);
  return [
    ...unlisted,
    ...idle.map((one) => `is accepted and breaks nothing: ${one}`),
    ...unexplained.map(([one]) => `is accepted without a reason: ${one}`),
  ];
}

function breaking({ type, action, path, before, after }: Difference): boolean {
  const last = path.at(-1);
  if (last === 'operationId') return action !== 'add';
  // Bodies refuse fields that they do not know.
  if (path.includes('requestBody') && path.at(-2) === 'properties' && action === 'remove') return true;
  const given = path.includes('responses');
  if (given && last === 'type' && action === 'replace') return !within(typesOf(after), typesOf(before));
  return type === 'breaking';
}

const typesOf = (type: unknown): unknown[] => [type].flat();
const within = (some: readonly unknown[], all: readonly unknown[]) =>
  some.every((one) => all.includes(one) || (one === 'integer' && all.includes('number')));

/** Places in lists are left out: they move when something is added before them. */
function lineOf({ action, path, before, after }: Difference): string {
  const [, address = '', method = '', ...rest] = path;
  const place = rest.filter((part) => (typeof part !== 'number' && !/^\d+$/.test(String(part))) || Number(part) >= 100);
  const what = [before, after].map(brief).filter((text) => text !== '');
  return `${String(method).toUpperCase()} ${address} ${place.join('/')}: ${action} ${what.join(' → ')}`.trim();
}

function brief(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value))) return '';
  return JSON.stringify(value).slice(0, 80);
}
