/**
 * What this process counts, in the words of Prometheus; `/metrics` shows it and docs/operating.md explains it.
 *
 * Invariants, and what breaks without them:
 * - labels come from lists that are known beforehand (codes, routes, commands, outcomes): an id or a name among them makes a series for
 *   each person, which no Prometheus bears and which tells who talks to whom;
 * - nothing here is asked for a decision.
 *
 * One registry a process, as there is one event loop and one log of it.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from './version.js';

export const registry = new Registry();
const registers = [registry];

/** From a tenth of a millisecond to five seconds, where every answer ends. */
const TIMES = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const ANSWER_TIMES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export const metrics = {
  sends: new Counter({
    name: 'besedka_sends_total',
    help: 'Messages asked to be stored, by outcome: accepted, duplicate, refused, failed.',
    labelNames: ['outcome'],
    registers,
  }),
  sendSeconds: new Histogram({
    name: 'besedka_send_seconds',
    help: 'From the call of the write path to its answer.',
    buckets: TIMES,
    registers,
  }),
  queueWait: new Histogram({
    name: 'besedka_send_queue_wait_seconds',
    help: 'How long a message waited for the batch before its own.',
    buckets: TIMES,
    registers,
  }),
  batchSize: new Histogram({
    name: 'besedka_batch_messages',
    help: 'Messages of one batch.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  }),
  commits: new Counter({
    name: 'besedka_commits_total',
    help: 'Committed transactions: batches of messages, and all other changes.',
    labelNames: ['path'],
    registers,
  }),
  commitSeconds: new Histogram({
    name: 'besedka_commit_seconds',
    help: 'How long a transaction took, from its first statement to the return of its COMMIT.',
    labelNames: ['path'],
    buckets: TIMES,
    registers,
  }),
  deliveries: new Counter({
    name: 'besedka_deliveries_total',
    help: 'Facts of rooms handed to sockets.',
    registers,
  }),
  feedLag: new Histogram({
    name: 'besedka_feed_lag_seconds',
    help: 'From the time of a message, by the clock of the database, to its delivery here.',
    buckets: TIMES,
    registers,
  }),
  resumeEvents: new Histogram({
    name: 'besedka_resume_events',
    help: 'Events in the answer to a room.resume.',
    buckets: [0, 1, 10, 25, 50, 100, 200],
    registers,
  }),
  sockets: new Gauge({ name: 'besedka_sockets', help: 'Signed-in sockets.', registers }),
  socketsOpened: new Counter({ name: 'besedka_sockets_opened_total', help: 'Sockets that signed in.', registers }),
  socketsClosed: new Counter({
    name: 'besedka_sockets_closed_total',
    help: 'Sockets that closed, by reason.',
    labelNames: ['reason'],
    registers,
  }),
  commandSeconds: new Histogram({
    name: 'besedka_command_seconds',
    help: 'From the arrival of a command on a socket to its answer, its turn included.',
    labelNames: ['command'],
    buckets: ANSWER_TIMES,
    registers,
  }),
  requestSeconds: new Histogram({
    name: 'besedka_http_request_seconds',
    help: 'HTTP requests by method, route and class of status.',
    labelNames: ['method', 'route', 'status'],
    buckets: ANSWER_TIMES,
    registers,
  }),
  problems: new Counter({
    name: 'besedka_problems_total',
    help: 'Refusals by problem code and door: http or socket.',
    labelNames: ['code', 'door'],
    registers,
  }),
  webhookAttempts: new Counter({
    name: 'besedka_webhook_attempts_total',
    help: 'Events posted to webhooks, by outcome: delivered, failed, parked.',
    labelNames: ['outcome'],
    registers,
  }),
  webhookLag: new Histogram({
    name: 'besedka_webhook_lag_seconds',
    help: 'From the time of an event, by the clock of the database, to its delivery to a webhook.',
    buckets: [0.1, 0.5, 1, 5, 30, 300, 3_600, 43_200, 259_200],
    registers,
  }),
  beforeSend: new Counter({
    name: 'besedka_before_send_total',
    help: 'Messages shown to hooks before sending, by outcome: allow, refuse, rewrite, failed, skipped.',
    labelNames: ['outcome'],
    registers,
  }),
  inFlight: new Gauge({
    name: 'besedka_work_in_flight',
    help: 'Requests, commands and handshakes that wait for their answer.',
    registers,
  }),
  draining: new Gauge({ name: 'besedka_draining', help: '1 from the moment in which the node is to stop.', registers }),
};

// Known from the beginning: a rate over what appears with its first event misses that event.
for (const outcome of ['delivered', 'failed', 'parked']) metrics.webhookAttempts.inc({ outcome }, 0);
for (const outcome of ['allow', 'refuse', 'rewrite', 'failed', 'skipped']) metrics.beforeSend.inc({ outcome }, 0);

new Gauge({ name: 'besedka_build_info', help: 'The version that runs.', labelNames: ['version'], registers }).set(
  { version: VERSION },
  1,
);

/** Seconds since a time of `performance.now()`. */
export function secondsSince(began: number): number {
  return (performance.now() - began) / 1_000;
}
