import type { RawRequest } from './raw-http.js';

/** What must come out: this status and code, some refusal, or anything but a failure. */
export type Must = `${number} ${string}` | 'a refusal' | 'no failure';

/** One thing wrong with an otherwise valid request. */
export interface Hostile {
  what: string;
  must: Must;
  /** Makes the request out of the operation's valid one. */
  request(valid: ValidRequest): Partial<Omit<RawRequest, 'method'>>;
}

export interface ValidRequest {
  path: string;
  /** The address with one parameter spelled otherwise. */
  pathWith(parameter: string, spelled: string): string;
  query: string;
  body: Record<string, unknown> | undefined;
}

export const INVALID: Must = '400 request/invalid';
export const JSON_TYPE = { 'content-type': 'application/json' };
