/** `npm run generate` writes what is made from the sources; with `--check` it only says, by exit code 1, which files are not what it would write. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { renderMetadata } from './metadata.js';

const check = process.argv.includes('--check');
const stale: string[] = [];

function put(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  stale.push(file);
  if (check) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

put('src/metadata.ts', await renderMetadata());
// Only now, because the documents are made with src/metadata.ts.
const { renderDocuments } = await import('./documents.js');
for (const { file, text } of await renderDocuments()) put(file, text);

if (stale.length > 0)
  process.stdout.write(`${check ? 'Stale, run `npm run generate`' : 'Written'}: ${stale.join(', ')}\n`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
