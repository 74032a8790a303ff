import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const NONCE = 12;
const TAG = 16;

/** Encrypts what the database must hold and nobody who reads only the database may know. Opens again with the same key alone. */
export function seal(key: KeyObject, text: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', derived(key), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

/** The text; undefined when it was sealed with another key, or changed. */
export function unseal(key: KeyObject, sealed: Buffer): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', derived(key), sealed.subarray(0, NONCE));
  decipher.setAuthTag(sealed.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE + TAG)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function derived(key: KeyObject): Buffer {
  return Buffer.from(hkdfSync('sha256', key.export(), '', 'besedka integrator signing', 32));
}
