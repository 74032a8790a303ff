import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Result, StalledJob } from './job.js';
import type { MeasuredWindow } from './measured-window.js';
import { SocketClient } from './socket-client.js';
import { storedSeq, textOf, wire } from './wire.js';

const tickMs = 10;
const lookMs = 50;
const drainMs = 15_000;
/** How the kernel writes the state of a connection that both sides hold. */
const established = '01';

/**
 * Sends at a steady pace and measures from sending to hearing. Fails unless each listener heard every message once and in order; the one
 * that stalls may miss them, and says after how long the server had closed its connection.
 */
export async function stalledLoad(job: StalledJob, window: MeasuredWindow): Promise<Result> {
  const sentAt: number[] = [];
  const heard = job.tokens.map(() => 0);
  const failures: string[] = [];
  const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
  const connect = (token: string, index: number) => {
    let last: number | undefined;
    return SocketClient.connect(job.url, token, {
      event: (bytes, start, end) => {
        const [name, fact] = JSON.parse(bytes.toString('utf8', start, end)) as [
          string,
          { seq: number; clientId: string },
        ];
        if (name !== wire.fact) return;
        if (last !== undefined && fact.seq !== last + 1)
          failures.push(`socket ${index}: seq ${fact.seq} after ${last}`);
        last = fact.seq;
        heard[index] = (heard[index] ?? 0) + 1;
        window.record(performance.now() - (sentAt[Number(fact.clientId.split('-')[1])] ?? Number.NaN));
      },
      closed: (reason) => failures.push(`socket ${index}: ${reason}`),
    });
  };
  const sockets = await Promise.all(job.tokens.map(connect));
  const senders = await Promise.all(
    job.senders.map((token) =>
      SocketClient.connect(job.url, token, {
        ack: (_, json) => (storedSeq(json) === undefined ? window.refuse(json) : window.total++),
        closed: (reason) => failures.push(`sender: ${reason}`),
      }),
    ),
  );
  const victim = job.stalled === undefined ? undefined : await SocketClient.connect(job.url, job.stalled, {});
  const sending = send();
  const passing = window.pass();
  await sleep(job.warmUpMs);
  const cutAfterMs = victim ? await cutOf(victim.stall(), Number(new URL(job.url).port), job.measureMs) : Number.NaN;
  const { extra: _, ...counted } = await passing;
  await sending;
  const whole = () => window.total + window.refused === sentAt.length && heard.every((count) => count === window.total);
  for (const deadline = performance.now() + drainMs; !whole() && performance.now() < deadline;) await sleep(10);
  for (const socket of [...sockets, ...senders, ...(victim ? [victim] : [])]) socket.close();
  if (failures.length > 0 || !whole())
    throw new Error(
      `${sentAt.length} sent, ${window.total} stored, heard ${heard.join(' ')}; ${failures.slice(0, 3).join('; ')}`,
    );
  return {
    ...counted,
    total: window.total,
    refused: window.refused,
    firstRefusal: window.firstRefusal,
    latency: window.latencies.summary(),
    cutAfterMs,
  };

  /** By the clock, so that a slow answer does not slow the pace. */
  async function send(): Promise<void> {
    const began = performance.now();
    while (window.running) {
      const due = ((performance.now() - began) * job.messagesPerSecond) / 1_000;
      for (; sentAt.length < due && window.running;) {
        const count = sentAt.push(performance.now()) - 1;
        const request = wire.request(job.roomId, textOf(job.textLength, 0, count), `${run}-${count}`);
        senders[count % senders.length]?.emit(wire.event, count, request);
      }
      await sleep(tickMs);
    }
  }
}

/** Looks at the server's side of a connection of this machine until it is no longer held; answers after how many milliseconds. */
async function cutOf(port: number, serverPort: number, within: number): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < within) {
    if (!isHeld(serverPort, port)) return performance.now() - began;
    await sleep(lookMs);
  }
  return Number.NaN;
}

function isHeld(local: number, remote: number): boolean {
  const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
  const row = new RegExp(`: [0-9A-F]+:${hex(local)} [0-9A-F]+:${hex(remote)} (\\w\\w) `);
  return row.exec(readFileSync('/proc/net/tcp', 'latin1'))?.[1] === established;
}
