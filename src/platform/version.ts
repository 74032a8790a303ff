import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The directory of package.json, from sources and from a build alike. */
export const PROJECT_DIRECTORY = directoryOfPackage(dirname(fileURLToPath(import.meta.url)));

/** The version of this Besedka. */
export const VERSION = (
  JSON.parse(readFileSync(join(PROJECT_DIRECTORY, 'package.json'), 'utf8')) as { version: string }
).version;

function directoryOfPackage(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : directoryOfPackage(dirname(from));
}
