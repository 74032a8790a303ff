import { HttpClient } from './http-client.js';
import type { Result, SendJob } from './job.js';
import type { MeasuredWindow } from './measured-window.js';
import { SeqCheck } from './seq-check.js';
import { SocketClient } from './socket-client.js';
import { storedSeq, textOf, wire } from './wire.js';

const drainMs = 10_000;

interface Loop {
  done: Promise<void>;
  close: () => void;
}

/** Runs the senders' closed loops over Socket.IO or HTTP; fails on a lost answer and on a hole in the acknowledged seqs. */
export async function sendLoad(job: SendJob, window: MeasuredWindow): Promise<Result> {
  const seqs = new SeqCheck();
  const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
  const answered: Answered = (roomId, seq, sentAt, answer) => {
    if (seq === undefined) window.refuse(answer);
    else {
      seqs.add(roomId, seq);
      window.total++;
    }
    window.record(performance.now() - sentAt);
  };
  const start = job.kind === 'send' ? startSocketSender : startHttpSender;
  const loops = await Promise.all(job.senders.map((_, index) => start(job, index, run, window, answered)));
  const { extra: _, ...counted } = await window.pass();
  await within(drainMs, Promise.all(loops.map((loop) => loop.done)));
  for (const loop of loops) loop.close();
  seqs.assertWhole();
  return {
    ...counted,
    total: window.total,
    refused: window.refused,
    firstRefusal: window.firstRefusal,
    latency: window.latencies.summary(),
  };
}

type Answered = (roomId: number, seq: number | undefined, sentAt: number, answer: string) => void;

async function startSocketSender(
  job: SendJob,
  index: number,
  run: string,
  window: MeasuredWindow,
  answered: Answered,
): Promise<Loop> {
  const { token, roomId } = senderOf(job, index);
  const sentAt = new Map<number, number>();
  const done = deferred();
  let count = 0;
  const next = () => {
    if (window.running) {
      sentAt.set(++count, performance.now());
      client.emit(
        wire.event,
        count,
        wire.request(roomId, textOf(job.textLength, index, count), `${run}-${index}-${count}`),
      );
    } else if (sentAt.size === 0) done.resolve();
  };
  const client = await SocketClient.connect(job.url, token, {
    ack: (id, json) => {
      const at = sentAt.get(id);
      if (at === undefined || !sentAt.delete(id)) return done.reject(new Error(`Ack ${id} was not asked for`));
      answered(roomId, storedSeq(json), at, json);
      next();
    },
    closed: (reason) => done.reject(new Error(`Sender ${index}: ${reason}`)),
  });
  for (let started = 0; started < job.inFlight; started++) next();
  return { done: done.promise, close: () => client.close() };
}

async function startHttpSender(
  job: SendJob,
  index: number,
  run: string,
  window: MeasuredWindow,
  answered: Answered,
): Promise<Loop> {
  const { token, roomId } = senderOf(job, index);
  const client = new HttpClient(job.url, token);
  const loop = async () => {
    for (let count = 1; window.running; count++) {
      const sentAt = performance.now();
      const body = { text: textOf(job.textLength, index, count), clientId: `${run}-${index}-${count}` };
      const { status, body: answer } = await client.request('POST', wire.sendPath(roomId), body);
      const seq = status === 201 ? (JSON.parse(answer) as { seq: number }).seq : undefined;
      answered(roomId, seq, sentAt, `${status} ${answer}`);
    }
  };
  const done = loop();
  done.catch(() => undefined);
  return { done, close: () => client.close() };
}

function senderOf(job: SendJob, index: number): SendJob['senders'][number] {
  const sender = job.senders[index];
  if (!sender) throw new Error(`No sender ${index}`);
  return sender;
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((onResolve, onReject) => ([resolve, reject] = [onResolve, onReject]));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Messages were not answered within ${milliseconds} ms`)), milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
