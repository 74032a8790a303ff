import { createHash, randomBytes } from 'node:crypto';

/** A random secret of 256 bits: its text for whoever may hold it, its hash for the database, which never sees the text. */
export function freshSecret(): { text: string; hash: Buffer } {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: hashOfSecret(text) };
}

/** Fit for secrets of full entropy only; passwords go through PasswordHasher. */
export function hashOfSecret(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
