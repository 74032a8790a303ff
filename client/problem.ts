import type { Problem } from './generated/types.js';

/** A refusal by the service: `code` never changes its meaning; what it means is explained at `/problems/<code>`. */
export class BesedkaProblem extends Error {
  override readonly name = 'BesedkaProblem';

  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Milliseconds after which to try again, where the service says so. */
  get retryAfterMs(): number | undefined {
    return this.problem.retryAfter === undefined ? undefined : this.problem.retryAfter * 1000;
  }
}

/** No answer came: nobody knows whether the request was carried out. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether the same request may succeed later without anybody changing anything. */
export function isTemporary(error: unknown): boolean {
  if (!(error instanceof BesedkaProblem)) return true;
  return TEMPORARY.has(error.status) || error.code === 'auth/token-expired' || error.code === 'request/in-progress';
}
