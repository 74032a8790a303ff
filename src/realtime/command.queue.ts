import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { metrics, secondsSince } from '../platform/metrics.js';
import { problemOf } from '../platform/problem-of.js';
import { Problem, viewOfProblem } from '../platform/problems.js';
import type { WorkInFlight } from '../platform/work-in-flight.js';

/** A gateway handler: resolves with the ack's answer, or with undefined after the gateway's filter or the handler itself has acked. */
export type Handler = (payload: unknown, ack: (answer: unknown) => void) => Promise<unknown>;

export const MOST_QUEUED = 64;
const ANSWER_WITHIN_MS = 4_500;
const BUSY_WAIT_MS = 25;

interface Command {
  handler: Handler;
  payload: unknown;
  ack: (answer: unknown) => void;
  /** To be called when nobody waits for it any more. */
  done: () => void;
  /** When the time for an answer is over. */
  timer?: NodeJS.Timeout;
}

/**
 * The commands of one socket, one at a time and in their order; each ack is answered exactly once, and in time also where a command had
 * to wait. What was told that it is too late before its turn is never carried out. While the peer does not read what it was answered, no
 * further answers are made for it.
 */
export class CommandQueue {
  private readonly queued: Command[] = [];
  private running = false;

  constructor(
    private readonly handlers: ReadonlyMap<string, Handler>,
    private readonly work: WorkInFlight,
    private readonly isOverfull: () => boolean,
  ) {}

  push(event: string, rest: unknown[]): void {
    const ack = once(typeof rest.at(-1) === 'function' ? (rest.at(-1) as (answer: unknown) => void) : undefined);
    const payload = typeof rest[0] === 'function' ? undefined : rest[0];
    const handler = this.handlers.get(event);
    if (!handler) return ack(refusal(new Problem('event/unknown')));
    if (this.queued.length >= MOST_QUEUED) return ack(refusal(new Problem('event/queue-full', { retryAfter: 1 })));
    if (this.work.draining) return ack(refusal(new Problem('server/draining', { retryAfter: 1 })));
    const command: Command = { handler, payload, ack, done: this.takeOn(event) };
    command.timer = setTimeout(() => this.giveUp(command), ANSWER_WITHIN_MS);
    this.queued.push(command);
    if (!this.running) void this.run();
  }

  clear(): void {
    for (const command of this.queued.splice(0)) forget(command);
  }

  private takeOn(event: string): () => void {
    const [began, release] = [performance.now(), this.work.begin()];
    let open = true;
    return () => {
      if (open) metrics.commandSeconds.observe({ command: event }, secondsSince(began));
      open = false;
      release();
    };
  }

  private giveUp(command: Command): void {
    command.ack(refusal(new Problem('server/timeout', { retryAfter: 1 })));
    const place = this.queued.indexOf(command);
    if (place >= 0) this.queued.splice(place, 1);
    command.done();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.queued.length > 0) {
      if (this.isOverfull()) await sleep(BUSY_WAIT_MS);
      else await handle(this.queued.shift()!);
    }
    this.running = false;
  }
}

function forget({ timer, done }: Command): void {
  clearTimeout(timer);
  done();
}

async function handle(command: Command): Promise<void> {
  const { handler, payload, ack } = command;
  try {
    const result = await handler(payload, ack);
    const answer = isObservable(result) ? await lastValueFrom(result, { defaultValue: undefined }) : result;
    if (answer !== undefined) ack(answer);
  } catch (error) {
    new Logger('socket').error(error);
    ack(refusal(problemOf(error)));
  } finally {
    forget(command);
  }
}

export function refusal(problem: Problem): { ok: false; problem: ReturnType<typeof viewOfProblem> } {
  metrics.problems.inc({ code: problem.code, door: 'socket' });
  return { ok: false, problem: viewOfProblem(problem) };
}

/** Answers a packet's last part, where that is an ack. */
export function refuse(ack: unknown, problem: Problem): void {
  if (typeof ack === 'function') (ack as (answer: unknown) => void)(refusal(problem));
}

function once(ack: ((answer: unknown) => void) | undefined): (answer: unknown) => void {
  let open = ack;
  return (answer) => {
    const answerNow = open;
    open = undefined;
    answerNow?.(answer);
  };
}
