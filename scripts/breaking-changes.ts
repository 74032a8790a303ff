/**
 * What integrators have built on must go on working: compares the generated OpenAPI document with the one of the last release.
 *
 * `node … scripts/breaking-changes.ts` ends with 1 where something breaks that docs/released/accepted-breaks.json does not list with a reason;
 * with `--release` it keeps the generated document as the released one and forgets what was accepted before.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { breaksBetween, judged, withoutWords } from './document-breaks.js';

const GENERATED = 'docs/generated/openapi.json';
const RELEASED = 'docs/released/openapi.json';
const ACCEPTED = 'docs/released/accepted-breaks.json';

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

if (process.argv.includes('--release')) {
  writeFileSync(RELEASED, `${JSON.stringify(withoutWords(read(GENERATED)))}\n`);
  writeFileSync(ACCEPTED, '{}\n');
} else {
  const breaks = breaksBetween(read(RELEASED), withoutWords(read(GENERATED)));
  const faults = judged(breaks, read(ACCEPTED) as Record<string, string>);
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  if (faults.length > 0)
    process.stdout.write(
      `\nAdd instead of changing: see docs/guides/deprecation.md. What must break is listed in ${ACCEPTED}, each line with the reason why.\n`,
    );
  process.exitCode = faults.length > 0 ? 1 : 0;
}
