import type { ProblemCode, ProblemView } from '../../src/platform/problems.js';
import type { Answer } from './http.js';

/** Asserts a refusal with this status and code over HTTP, and answers the problem for further looks. */
export function expectProblem(answer: Answer, status: number, code: ProblemCode): ProblemView {
  expect({ status: answer.status, code: (answer.body as ProblemView | null)?.code }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return answer.body as ProblemView;
}

/** Asserts a refused ack with this code. */
export function expectRefusal(ack: unknown, code: ProblemCode): ProblemView {
  expect(ack).toMatchObject({ ok: false, problem: { code } });
  return (ack as { problem: ProblemView }).problem;
}

/** Waits until `look` answers something truthy; fails with `what` after the deadline. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  what = 'the expected state',
  milliseconds = 5_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
