import { setTimeout as sleep } from 'node:timers/promises';
import type { FanOutJob, Result } from './job.js';
import type { MeasuredWindow } from './measured-window.js';
import { SocketClient } from './socket-client.js';
import { textOf, storedSeq, wire } from './wire.js';

const connectAtOnce = 50;
const drainMs = 15_000;
const orderCheckedEvery = 20;

/** Counts facts by the first bytes of their frames; reads the seq of every 20th socket and fails on any that is missing or out of order. */
export async function fanOutLoad(job: FanOutJob, window: MeasuredWindow): Promise<Result> {
  const prefix = Buffer.from(`["${wire.fact}",`);
  const perSocket = job.tokens.map(() => 0);
  const sentAt = new Map<number, number>();
  const sockets: SocketClient[] = [];
  const failures: string[] = [];
  let deliveries = 0;
  let count = 0;
  const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
  const send = (index: number) => {
    if (!window.running) return;
    sentAt.set(++count, performance.now());
    sockets[index]?.emit(
      wire.event,
      count,
      wire.request(job.roomId, textOf(job.textLength, index, count), `${run}-${count}`),
    );
  };
  const open = async (index: number) => {
    let last: number | undefined;
    sockets[index] = await SocketClient.connect(job.url, job.tokens[index] ?? '', {
      event: (bytes, start, end) => {
        if (prefix.compare(bytes, start, start + prefix.length) !== 0) return;
        perSocket[index] = (perSocket[index] ?? 0) + 1;
        deliveries++;
        if (index % orderCheckedEvery !== 0) return;
        const [, fact] = JSON.parse(bytes.toString('utf8', start, end)) as [string, { seq: number }];
        if (last !== undefined && fact.seq !== last + 1)
          failures.push(`socket ${index}: seq ${fact.seq} after ${last}`);
        last = fact.seq;
      },
      ack: (id, json) => {
        window.record(performance.now() - (sentAt.get(id) ?? Number.NaN));
        sentAt.delete(id);
        if (storedSeq(json) === undefined) window.refuse(json);
        else window.total++;
        send(index);
      },
      closed: (reason) => failures.push(`socket ${index}: ${reason}`),
    });
  };
  for (let from = 0; from < job.tokens.length; from += connectAtOnce)
    await Promise.all(job.tokens.slice(from, from + connectAtOnce).map((_, offset) => open(from + offset)));

  for (let index = 0; index < job.senders; index++) send(index);
  const { extra, count: messages, perSecond, driverBusy } = await window.pass(() => deliveries);
  const whole = () => sentAt.size === 0 && deliveries === window.total * job.tokens.length;
  for (const deadline = performance.now() + drainMs; !whole() && failures.length === 0 && performance.now() < deadline;)
    await sleep(10);
  await sleep(50);
  for (const socket of sockets) socket.close();
  const uneven = perSocket.filter((heard) => heard !== window.total).length;
  if (failures.length > 0 || uneven > 0)
    throw new Error(
      `${window.total} messages, ${deliveries} deliveries, ${uneven} of ${perSocket.length} sockets heard another number; ${failures.slice(0, 3).join('; ')}`,
    );
  const counted = { count: extra, perSecond: (extra * perSecond) / Math.max(1, messages), messages };
  return {
    ...counted,
    driverBusy,
    total: deliveries,
    refused: window.refused,
    firstRefusal: window.firstRefusal,
    latency: window.latencies.summary(),
  };
}
