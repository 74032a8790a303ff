import type { Asked, Refusal } from '../../platform/manner.js';
import { Problem, type ProblemCode } from '../../platform/problems.js';
import { DrfManner } from '../drf.manner.js';
import { RUSSIAN } from '../drf.texts.js';

export const ROSCHAT = 'roschat';
export const ROSCHAT_ADDRESSES = /^\/(chat(?=\/?(\?|$))|api\/(chat|accounts\/(register|login))(?=[/?]|$))/;

const LOGIN = /^\/api\/accounts\/login\/?$/;
const NO_CREDENTIALS = new Set<ProblemCode>(['auth/credentials-wrong', 'account/blocked']);
const TAKEN: Partial<Record<ProblemCode, string>> = {
  'account/username-taken': RUSSIAN.usernameTaken,
  'account/email-taken': RUSSIAN.emailTaken,
};
const OWN: Partial<Record<ProblemCode, string>> = {
  'room/not-found': 'Chat not found',
  'room/not-member': 'You do not have access to this chat room',
  'account/not-found': 'User not found',
};
const BY_STATUS: Readonly<Record<number, string>> = { 403: RUSSIAN.forbidden, 409: RUSSIAN.conflict };

/** A refusal in the API's own words, as `{"error": …}`. */
export function ownError(text: string): Problem {
  return new Problem('request/invalid', { detail: text });
}

/** What its own views refuse has an `error`, what stands before them a `detail` or the mistake of each field. */
class RoschatManner extends DrfManner {
  override refusalOf(problem: Problem, asked: Asked): Refusal {
    const own = ownErrorOf(problem, asked.url.split('?')[0]!);
    if (!own) return super.refusalOf(problem, asked);
    return { status: own.status, headers: {}, body: { error: own.text } };
  }
}

function ownErrorOf({ code, status, facts }: Problem, path: string): { status: number; text: string } | undefined {
  if (NO_CREDENTIALS.has(code) && LOGIN.test(path)) return { status: 400, text: 'Invalid credentials' };
  if (TAKEN[code] !== undefined) return { status: 400, text: TAKEN[code] };
  if (code === 'request/invalid' && !facts.errors && facts.detail !== undefined) return { status, text: facts.detail };
  const text = OWN[code] ?? BY_STATUS[status];
  return text === undefined ? undefined : { status, text };
}

export const ROSCHAT_MANNER = new RoschatManner(RUSSIAN, { challengeAt: () => 'Token' });
