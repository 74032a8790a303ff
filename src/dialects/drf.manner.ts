import type { Asked, Manner, Refusal } from '../platform/manner.js';
import type { Problem, ProblemCode } from '../platform/problems.js';
import { readBody } from './bodies.js';
import type { DrfTexts } from './drf.texts.js';

/** What differs from one of these APIs to the next. */
export interface DrfRules {
  /** The header `WWW-Authenticate` of a 401 at this path. */
  challengeAt: (path: string) => string;
  /** Paths at which credentials in a header and not a token are judged: a block is there a matter of who one is. */
  credentialsAt?: RegExp;
  /** Refusals whose status is another one there. */
  statuses?: Partial<Record<ProblemCode, number>>;
}

/** Bodies and errors as Django REST framework has them, in one language. */
export class DrfManner implements Manner {
  constructor(
    private readonly texts: DrfTexts,
    private readonly rules: DrfRules,
  ) {}

  read(contentType: string, body: Buffer): unknown {
    return readBody(contentType, body, this.texts);
  }

  refusalOf(problem: Problem, request: Asked): Refusal {
    const path = request.url.split('?')[0]!;
    const status = this.statusOf(problem, path);
    return {
      status,
      headers: status === 401 ? { 'www-authenticate': this.rules.challengeAt(path) } : {},
      body: this.fieldErrorsOf(problem) ?? { detail: this.detailOf(problem, status, request) },
    };
  }

  private statusOf(problem: Problem, path: string): number {
    if (problem.code === 'account/blocked' && this.rules.credentialsAt?.test(path)) return 401;
    return this.rules.statuses?.[problem.code] ?? problem.status;
  }

  private fieldErrorsOf({ code, facts }: Problem): Record<string, string[]> | undefined {
    if (code !== 'request/invalid' || !facts.errors) return undefined;
    const fields: Record<string, string[]> = {};
    for (const { pointer, message } of facts.errors)
      (fields[pointer.slice(2) || 'non_field_errors'] ??= []).push(message);
    return fields;
  }

  private detailOf({ code, facts }: Problem, status: number, request: Asked): string {
    const { texts } = this;
    const byCode: Partial<Record<ProblemCode, string>> = {
      'auth/required': texts.unauthenticated,
      'auth/credentials-wrong': texts.badCredentials,
      'auth/token-invalid': texts.badToken,
      'auth/key-invalid': texts.badToken,
      'auth/session-ended': texts.inactive,
      'request/malformed': facts.detail ?? texts.malformed,
      'route/method-not-allowed': texts.method.replace('%', request.method),
      'request/unsupported-media-type': texts.mediaType.replace('%', mediaTypeOf(request)),
      ...(status === 401 ? { 'account/blocked': texts.inactive } : {}),
    };
    return byCode[code] ?? this.textOfStatus(status);
  }

  private textOfStatus(status: number): string {
    const { texts } = this;
    const byStatus: Record<number, string> = {
      403: texts.forbidden,
      404: texts.notFound,
      409: texts.conflict,
      413: texts.tooLarge,
      429: texts.throttled,
    };
    return byStatus[status] ?? (status >= 500 ? texts.failed : texts.malformed);
  }
}

/** Only what can be a media type is repeated. */
function mediaTypeOf(request: Asked): string {
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(request.headers['content-type'] ?? '')?.[0] ?? '';
}
