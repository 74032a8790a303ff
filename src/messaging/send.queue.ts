/**
 * Group commit. While a batch is being written, further sends wait; the next batch takes all that wait, up to its limit, in their order.
 *
 * Invariants, and what breaks without them:
 * - a send is answered only after the transaction that holds it has committed: else a crash loses what was acknowledged;
 * - one refused or poisonous message never fails its neighbours: a batch that fails as a whole is repeated one by one;
 * - one key stands at most once in a batch: the database could not tell which of two came first;
 * - when the connection is lost the fate of the commit is unknown, so every send of the batch is told "unavailable, try again with the
 *   same key", never success and never refusal.
 */
import type { Link } from '@opentelemetry/api';
import { Injectable } from '@nestjs/common';
import { metrics, secondsSince } from '../platform/metrics.js';
import { isDatabaseAway } from '../platform/problem-of.js';
import { Problem } from '../platform/problems.js';
import { inSpan, linkToHere } from '../platform/tracing.js';
import { isSame, type OutgoingMessage, type SendOutcome, SendRepository } from './send.repository.js';

const MOST_IN_BATCH = 256;
const MOST_WAITING = 4_096;
const BATCHES_IN_FLIGHT = 1;

const committed = metrics.commits.labels('batch');
const commitSeconds = metrics.commitSeconds.labels('batch');
const sends = {
  accepted: metrics.sends.labels('accepted'),
  duplicate: metrics.sends.labels('duplicate'),
  refused: metrics.sends.labels('refused'),
  failed: metrics.sends.labels('failed'),
};

interface Waiting {
  message: OutgoingMessage;
  since: number;
  /** The span that waits for it. */
  span: Link | undefined;
  resolve(outcome: SendOutcome): void;
  reject(error: unknown): void;
}

@Injectable()
export class SendQueue {
  private waiting: Waiting[] = [];
  private inFlight = 0;

  constructor(private readonly repository: SendRepository) {}

  /** Resolves with the message's own outcome after its commit. */
  send(message: OutgoingMessage): Promise<SendOutcome> {
    if (this.waiting.length >= MOST_WAITING)
      return Promise.reject(
        new Problem('server/unavailable', { detail: 'Too many messages wait to be written.', retryAfter: 1 }),
      );
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, since: performance.now(), span: linkToHere(), resolve, reject });
      if (this.inFlight < BATCHES_IN_FLIGHT) this.writeNext();
    });
  }

  private writeNext(): void {
    const batch = this.waiting.splice(0, MOST_IN_BATCH);
    if (batch.length === 0) return;
    this.inFlight++;
    void this.write(batch).finally(() => {
      this.inFlight--;
      this.writeNext();
    });
  }

  private async write(batch: readonly Waiting[]): Promise<void> {
    metrics.batchSize.observe(batch.length);
    for (const { since } of batch) metrics.queueWait.observe(secondsSince(since));
    const firsts = new Map<string, Waiting>();
    const repeats: [Waiting, Waiting][] = [];
    for (const one of batch) {
      const key = `${one.message.authorId} ${one.message.clientId}`;
      const first = firsts.get(key);
      if (first) repeats.push([one, first]);
      else firsts.set(key, one);
    }
    const outcomes = await this.outcomesOf([...firsts.values()]);
    for (const [one, outcome] of outcomes) answer(one, outcome);
    for (const [one, first] of repeats) answer(one, repeatOf(one.message, first.message, outcomes.get(first)!));
  }

  private async outcomesOf(batch: readonly Waiting[]): Promise<Map<Waiting, SendOutcome | Error>> {
    try {
      const outcomes = await this.commit(batch);
      return new Map(batch.map((one, index) => [one, outcomes[index]!]));
    } catch (error) {
      if (batch.length === 1 || isDatabaseAway(error)) return new Map(batch.map((one) => [one, error as Error]));
    }
    const outcomes = new Map<Waiting, SendOutcome | Error>();
    for (const one of batch) outcomes.set(one, (await this.outcomesOf([one])).get(one)!);
    return outcomes;
  }

  private commit(batch: readonly Waiting[]): Promise<SendOutcome[]> {
    const links = batch.flatMap(({ span }) => span ?? []);
    return inSpan('batch.commit', { root: true, attributes: { 'besedka.messages': batch.length }, links }, async () => {
      const began = performance.now();
      const outcomes = await this.repository.send(batch.map((one) => one.message));
      committed.inc();
      commitSeconds.observe(secondsSince(began));
      return outcomes;
    });
  }
}

function count(one: Waiting, outcome: SendOutcome | Error): void {
  metrics.sendSeconds.observe(secondsSince(one.since));
  if (!isOutcome(outcome)) sends.failed.inc();
  else if (outcome.outcome === 'accepted' || outcome.outcome === 'duplicate') sends[outcome.outcome].inc();
  else sends.refused.inc();
}

function answer(one: Waiting, outcome: SendOutcome | Error): void {
  count(one, outcome);
  if (isOutcome(outcome)) one.resolve(outcome);
  else one.reject(outcome);
}

/** By what an outcome has, so that nothing else can ever pass for success: an error of another realm is no `Error` here. */
function isOutcome(given: SendOutcome | Error): given is SendOutcome {
  return 'outcome' in given;
}

function repeatOf(message: OutgoingMessage, first: OutgoingMessage, outcome: SendOutcome | Error): SendOutcome | Error {
  if (!isOutcome(outcome) || !('message' in outcome)) return outcome;
  return isSame(message, first) ? { outcome: 'duplicate', message: outcome.message } : { outcome: 'key-reused' };
}
