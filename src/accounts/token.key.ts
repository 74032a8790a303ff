import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config.js';

const LEAST_CHARACTERS = 32;

/**
 * The key that signs access tokens: of the configuration, else a random one that is kept in the data directory. A KeyObject and
 * never a string, with which every verification would import the key anew.
 */
@Injectable()
export class TokenKey {
  readonly key: KeyObject;

  constructor(config: Config) {
    this.key = createSecretKey(Buffer.from(config.get('BESEDKA_JWT_SECRET') ?? keptSecret(config.get('DATA_DIR'))));
  }
}

/** Processes that start side by side on one directory agree on one secret: it appears whole, and only the first one appears. */
export function keptSecret(directory: string): string {
  const path = join(directory, 'secret');
  const kept = read(path);
  if (kept !== undefined) return kept;
  mkdirSync(directory, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') renameSync(draft, path);
    else if (code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return read(path)!;
}

function read(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (text.length < LEAST_CHARACTERS)
    throw new Error(
      `${path} must hold at least ${LEAST_CHARACTERS} characters; remove it to have a new one made, which signs everybody out`,
    );
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return text;
}
