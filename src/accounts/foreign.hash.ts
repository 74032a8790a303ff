import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * Password hashes that another server made: PBKDF2 with SHA-256, as Django writes it. The number of iterations stands in the hash and
 * decides how long a verification takes. It is bounded, because else one row of a foreign file would take a processor for as long as it likes.
 */
const DJANGO = /^pbkdf2_sha256\$([1-9]\d{0,6})\$([\x21-\x23\x25-\x7e]{1,128})\$([A-Za-z0-9+/]{43}=)$/;
const MOST_ITERATIONS = 2_000_000;
const BYTES = 32;
const derive = promisify(pbkdf2);

/** Whether this is a foreign hash whose password can be verified, in bounded time. */
export function isForeignHash(hash: string): boolean {
  return parsed(hash) !== undefined;
}

/** Whether this is the password of a foreign hash; never so for what is none. Works off the event loop. */
export async function verifyForeign(hash: string, password: string): Promise<boolean> {
  const foreign = parsed(hash);
  if (!foreign) return false;
  const { salt, iterations, key } = foreign;
  // The other server took the letters as they came; ours are composed before they are hashed.
  return timingSafeEqual(await derive(password, salt, iterations, BYTES, 'sha256'), key);
}

function parsed(hash: string): { iterations: number; salt: string; key: Buffer } | undefined {
  const [, iterations, salt, key] = DJANGO.exec(hash) ?? [];
  if (iterations === undefined || salt === undefined || key === undefined) return undefined;
  const bytes = Buffer.from(key, 'base64');
  if (Number(iterations) > MOST_ITERATIONS || bytes.length !== BYTES) return undefined;
  return { iterations: Number(iterations), salt, key: bytes };
}
