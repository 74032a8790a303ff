import { Problem } from '../platform/problems.js';

export interface Credentials {
  username: string;
  password: string;
}

/** User name and password of a header `Basic <base64>`; the word may be missing where a dialect lets it. */
export function basicCredentials(authorization: string | undefined, wordless: boolean): Credentials {
  if (!authorization) throw new Problem('auth/required');
  const [, word, encoded] = /^(?:([a-z]+) +)?([\w+/-]+={0,2})$/i.exec(authorization) ?? [];
  if (encoded === undefined || !(word === undefined ? wordless : /^basic$/i.test(word)))
    throw new Problem('auth/required');
  const [, username, password] = /^([^:]*):([^]*)$/.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined) throw new Problem('auth/credentials-wrong');
  return { username, password };
}
