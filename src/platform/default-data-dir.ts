import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * `./data`; but for root in a place closed to others, such as his home, a directory of its own under /var/lib/besedka: PostgreSQL never
 * runs as root, and the account it runs under instead could not reach `./data`.
 */
export function defaultDataDir(directory = process.cwd()): string {
  const usual = resolve(directory, 'data');
  if (process.getuid?.() !== 0 || isOpen(resolve(directory))) return usual;
  return join('/var/lib/besedka', createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 12));
}

const OTHERS_MAY_PASS = 0o001;

function isOpen(directory: string): boolean {
  if ((statSync(directory).mode & OTHERS_MAY_PASS) === 0) return false;
  return dirname(directory) === directory || isOpen(dirname(directory));
}
