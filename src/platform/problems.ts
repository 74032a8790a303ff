/**
 * Every refusal of the service, over HTTP and in socket acks alike. A code is a promise to integrators: it is never renamed,
 * and `test/contract` keeps the list. Texts of the pages at /problems/<code> stand in `problem-texts.ts`.
 */
export const PROBLEMS = {
  'request/invalid': [400, 'The request does not have the expected form'],
  'request/malformed': [400, 'The body is not valid JSON in UTF-8'],
  'request/too-complex': [400, 'The body is nested too deeply or has too many values'],
  'request/too-large': [413, 'The body is too large'],
  'request/unsupported-media-type': [415, 'The body is not application/json'],
  'request/timeout': [408, 'The request did not arrive in time'],
  'route/not-found': [404, 'There is nothing at this address'],
  'route/method-not-allowed': [405, 'This address does not take this method'],
  'event/unknown': [400, 'There is no such command'],
  'event/queue-full': [429, 'Too many commands wait on this socket'],
  'origin/forbidden': [403, 'This web page may not use the service'],
  'socket/too-many': [429, 'Too many open sockets'],
  'auth/required': [401, 'Sign in first'],
  'auth/token-invalid': [401, 'The access token is not valid'],
  'auth/token-expired': [401, 'The access token has expired'],
  'auth/session-ended': [401, 'This session has ended'],
  'auth/key-invalid': [401, 'The API key is not valid'],
  'auth/credentials-wrong': [401, 'User name or password is wrong'],
  'auth/refresh-invalid': [401, 'The refresh token is not valid'],
  'auth/refresh-reused': [401, 'The refresh token was used before; its session has ended'],
  'auth/too-many-attempts': [429, 'Too many attempts'],
  'auth/busy': [503, 'Too many sign-ins at this moment'],
  'auth/setup-link-invalid': [404, 'This setup link was used, has expired or never existed'],
  'auth/password-wrong': [403, 'The current password is wrong'],
  'key/scope-missing': [403, 'The API key does not have the scope for this'],
  'key/not-accepted': [403, 'No API key is accepted here'],
  'key/required': [403, 'Only a server with an API key may do this'],
  'key/not-found': [404, 'There is no such API key'],
  'key/revoked': [409, 'This API key was revoked'],
  'integrator/not-found': [404, 'There is no such integrator'],
  'integrator/audience-taken': [409, 'Another integrator has this audience'],
  'integrator/no-signing': [404, 'This integrator signs no tokens'],
  'integrator/url-not-allowed': [400, 'This address may not be asked'],
  'import/not-found': [404, 'There is no such import'],
  'import/too-many': [429, 'Too many of your imports wait'],
  'integrator/no-before-send': [404, 'This integrator has no hook before sending'],
  'webhook/not-found': [404, 'There is no such webhook'],
  'webhook/too-many': [409, 'Too many webhooks'],
  'event/position-gone': [410, 'The events behind this position are no longer kept'],
  'account/guest': [403, 'Guests may not do this'],
  'role/insufficient': [403, 'Your role does not allow this'],
  'account/blocked': [403, 'This account is blocked'],
  'account/personally-blocked': [409, 'You have blocked this person'],
  'account/not-found': [404, 'There is no such account'],
  'account/username-taken': [409, 'This user name is taken'],
  'account/email-taken': [409, 'This e-mail address is taken'],
  'account/last-superuser': [409, 'The last superuser stays'],
  'account/registration-closed': [403, 'Registration is closed here'],
  'session/not-found': [404, 'There is no such session'],
  'room/not-found': [404, 'There is no such room'],
  'room/not-member': [403, 'You are not a member of this room'],
  'room/forbidden': [403, 'The rules of this room do not allow this'],
  'room/slow-mode': [429, 'This room takes your messages slowly'],
  'room/full': [409, 'The room is full'],
  'room/password-wrong': [403, 'The room password is missing or wrong'],
  'room/name-taken': [409, 'Another room has this name'],
  'room/capacity-too-small': [409, 'The room has more members than this capacity'],
  'room/delivered-marks-off': [409, 'This room has no delivered marks'],
  'room/too-many-attempts': [429, 'Too many attempts to join'],
  'member/not-found': [404, 'There is no such member of the room'],
  'member/blocked': [409, 'A block keeps this account out of the room'],
  'message/not-found': [404, 'There is no such message'],
  'message/not-yours': [403, 'Only its author may change a message'],
  'message/version-stale': [409, 'The message was changed meanwhile'],
  'message/deleted': [409, 'The message was deleted'],
  'message/not-restorable': [409, 'This message cannot be restored'],
  'message/key-reused': [422, 'This clientId was used for another message'],
  'message/not-releasable': [409, 'This message cannot be released'],
  'message/filtered': [403, 'The rules of this community do not allow this text'],
  'message/refused': [403, 'A server that watches over this room refused the message'],
  'message/unscreened': [503, 'A server that has to look at the message did not answer'],
  'message/held': [403, 'The message waits for a moderator'],
  'moderation/self': [409, 'Nobody moderates himself'],
  'personal-block/self': [409, 'Nobody blocks himself'],
  'personal-block/too-many': [409, 'Too many personal blocks'],
  'block/not-found': [404, 'There is no such block'],
  'block/over': [409, 'This block is over'],
  'report/self': [409, 'Nobody reports himself'],
  'report/not-found': [404, 'There is no such case of reports'],
  'report/claimed': [409, 'Another moderator has claimed this case'],
  'report/decided': [409, 'This case is decided'],
  'deletion/not-found': [404, 'There is no such deletion'],
  'sanction/not-found': [404, 'There is no such sanction'],
  'sanction/over': [409, 'This sanction was taken back or replaced'],
  'appeal/not-found': [404, 'There is no such appeal'],
  'appeal/exists': [409, 'You have appealed against this sanction before'],
  'appeal/too-late': [409, 'The time to appeal is over'],
  'appeal/own-decision': [403, 'Nobody decides on an appeal against his own decision'],
  'appeal/decided': [409, 'This appeal was decided'],
  'filter/not-found': [404, 'There is no such filter'],
  'filter/too-many': [409, 'The filters would be too many or too slow'],
  'idempotency/key-reused': [422, 'This Idempotency-Key was used for another request'],
  'idempotency/in-progress': [409, 'The first request with this Idempotency-Key is still running'],
  'rate/limited': [429, 'Too many requests'],
  'server/unavailable': [503, 'The database cannot be reached at the moment'],
  'server/storage-full': [503, 'The storage is full'],
  'server/draining': [503, 'This node is being shut down'],
  'server/timeout': [503, 'The answer took too long'],
  'server/internal': [500, 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457 problem details, the body of every refusal and the `problem` of every refused ack. */
export interface ProblemView {
  type: string;
  code: ProblemCode;
  status: number;
  title: string;
  detail?: string;
  requestId?: string;
  /** Seconds after which the same request may succeed. */
  retryAfter?: number;
  errors?: { pointer: string; message: string }[];
  /** Facts of one code, such as reason and expiresAt of `account/blocked`. */
  [extension: string]: unknown;
}

export interface ProblemFacts {
  detail?: string;
  retryAfter?: number;
  errors?: { pointer: string; message: string }[];
  /** Further members of the answer; documented at the code's page. */
  extra?: Record<string, unknown>;
}

/** A refusal with its code; thrown by services, rendered by the edges. */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly facts: ProblemFacts = {},
  ) {
    super(facts.detail ?? PROBLEMS[code][1]);
    this.status = PROBLEMS[code][0];
  }
}

const MOST_ERRORS = 10;

export function viewOfProblem(problem: Problem, requestId?: string): ProblemView {
  const { detail, retryAfter, errors, extra } = problem.facts;
  return {
    type: `/problems/${problem.code}`,
    code: problem.code,
    status: problem.status,
    title: PROBLEMS[problem.code][1],
    ...(detail === undefined ? {} : { detail }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, MOST_ERRORS) }),
    ...extra,
  };
}
