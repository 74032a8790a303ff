import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from './build.mjs';
import { ROOT } from './run.mjs';

const INPUTS = [
  'ormconfig.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.client.json',
  'nest-cli.json',
  'package-lock.json',
];
const FOLDERS = ['src', 'client', 'web', 'docs/guides'];
const ENTRY = join(ROOT, 'dist/src/main.js');
const RECORD = join(ROOT, 'dist/.built-from');
const LOCK = join(ROOT, 'dist/.building');

function fingerprint() {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  ).sort((a, b) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  for (const file of [...INPUTS.map((name) => join(ROOT, name)), ...sources])
    hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Whether dist is the build of these sources; where there are no sources, as in an image, dist is what it is. */
export function isBuilt() {
  if (!existsSync(ENTRY)) return false;
  if (!existsSync(join(ROOT, 'src'))) return true;
  return existsSync(RECORD) && readFileSync(RECORD, 'utf8') === fingerprint();
}

/** Builds when dist is stale. Processes that come together build once. Answers whether dist is good. */
export async function ensureBuilt() {
  if (isBuilt()) return true;
  const release = await takeLock();
  try {
    if (isBuilt()) return true;
    process.stdout.write('Building …\n');
    const from = fingerprint();
    // With its outputs gone, an incremental build that thinks they are there would make nothing.
    if (existsSync(ENTRY)) rmSync(RECORD, { force: true });
    else
      for (const name of readdirSync(join(ROOT, 'dist')))
        if (name !== '.building') rmSync(join(ROOT, 'dist', name), { recursive: true });
    const done = await build();
    if (done) writeFileSync(RECORD, from);
    return done;
  } finally {
    release();
  }
}

async function takeLock() {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      return () => rmSync(LOCK, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!holderLives()) rmSync(LOCK, { force: true });
      await sleep(100);
    }
  }
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(LOCK, 'utf8')) || process.pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
