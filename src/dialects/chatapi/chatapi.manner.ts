import type { Asked, Manner, Refusal } from '../../platform/manner.js';
import { Problem, type ProblemCode } from '../../platform/problems.js';
import { readBody } from '../bodies.js';
import { DrfManner } from '../drf.manner.js';
import { ENGLISH } from '../drf.texts.js';

export const CHATAPI_ADDRESSES = /^\/(users\/add|chats\/(add|get)|messages\/(add|get))(?=\/?(\?|$))/;

/** A chat has any number of users; what a body may hold bounds them. */
const MOST_VALUES = 70_000;

const OWN: Partial<Record<ProblemCode, string>> = {
  'account/username-taken': ENGLISH.usernameTaken,
  'account/not-found': 'User not found.',
  'account/blocked': 'This user is blocked.',
  'room/name-taken': ENGLISH.nameTaken,
  'room/not-found': 'Chat not found.',
  'room/not-member': 'This user is not in the chat.',
  'key/scope-missing': 'This key may not act for others: it needs the scope act_as.',
  'key/not-accepted': 'A key stays on a server: no web page may use it.',
};

/** JSON alone, and one text for everything that is wrong. */
class ChatapiManner implements Manner {
  private readonly framework = new DrfManner(ENGLISH, { challengeAt: () => 'Bearer' });

  read(contentType: string, body: Buffer): unknown {
    if (contentType !== 'application/json') throw new Problem('request/unsupported-media-type');
    return readBody(contentType, body, ENGLISH, MOST_VALUES);
  }

  refusalOf(problem: Problem, asked: Asked): Refusal {
    const { status, headers, body } = this.framework.refusalOf(problem, asked);
    const detail = OWN[problem.code] ?? credentialText(problem) ?? textOf(body);
    return { status, headers, body: { detail, status_code: status } };
  }
}

function credentialText({ code, facts }: Problem): string | undefined {
  if (code === 'auth/key-invalid') return facts.detail ?? 'This API key is not valid.';
  if (code !== 'auth/required') return undefined;
  return 'Send an API key with the scope act_as, as "Authorization: Bearer <key>" or "X-Api-Key: <key>". Whoever runs the service makes one with "besedka key create", or sets CHATAPI_TRUSTED=true to let everybody in who reaches it.';
}

/** What was said, with the mistakes of fields behind their names. */
function textOf(body: object): string {
  const parts = Object.entries(body as Record<string, string | string[]>).map(([name, said]) =>
    typeof said === 'string' ? said : `${name === 'non_field_errors' ? '' : `${name}: `}${said.join(' ')}`,
  );
  return parts.join(' ');
}

export const CHATAPI_MANNER = new ChatapiManner();
