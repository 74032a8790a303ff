import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'besedka_';
/** 62^43 is more than 2^256. */
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_CHARACTERS + CHECKSUM_CHARACTERS}}$`);

/** A new key: a prefix that scanners for leaked secrets know it by, a secret, and a checksum that tells a mistyped key without a look at the database. */
export function freshApiKey(): string {
  const secret = Array.from({ length: SECRET_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${PREFIX}${secret}${checksumOf(secret)}`;
}

/** Whether a credential claims to be an API key, rightly or not. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

export function isApiKey(text: string): boolean {
  const secret = text.slice(PREFIX.length, -CHECKSUM_CHARACTERS);
  return FORM.test(text) && text.endsWith(checksumOf(secret));
}

function checksumOf(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let place = 0; place < CHECKSUM_CHARACTERS; place++) {
    text = ALPHABET[rest % ALPHABET.length]! + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
