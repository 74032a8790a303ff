import { type Bench, interleaved, staged } from './bench.js';
import { type Driven, drive } from './driver/drive.js';
import { startPeer } from './processes.js';
import { about, type Line } from './report.js';

const senders = 64;
const textLength = 64;
const rooms = { broadcast: 1, queued: 2, joined: 3 };

/** What joined frames alone bring: one process that stores nothing tells a room in three ways; `peer` is Socket.IO's broadcast. */
export const emission: Bench = async (options) => {
  const { warmUpMs, measureMs } = options;
  return staged(async (keep) => {
    const server = await keep(startPeer('emission'));
    const side = (sockets: number, roomId: number) => ({
      whose: 'peer' as const,
      measure: () => {
        const tokens = Array.from({ length: sockets }, (_, index) => `${index + 1}:${roomId}`);
        return drive(
          { kind: 'fan-out', url: server.url, tokens, roomId, senders, textLength, warmUpMs, measureMs },
          server.pid,
        );
      },
    });
    const results = await interleaved(options, {
      broadcast100: side(100, rooms.broadcast),
      queued100: side(100, rooms.queued),
      joined100: side(100, rooms.joined),
      broadcast1000: side(1_000, rooms.broadcast),
      queued1000: side(1_000, rooms.queued),
      joined1000: side(1_000, rooms.joined),
    });
    const line = (what: string, peer: Driven[], ours: Driven[]): Line => ({
      what,
      unit: 'deliveries/s',
      peer: peer.map(({ perSecond }) => perSecond),
      ours: ours.map(({ perSecond }) => perSecond),
      about: [...peer.slice(0, 1), ...ours.slice(0, 1)].map(about).join('\n'),
    });
    return [
      line('100 sockets, a tick’s facts through Engine.IO’s queue', results.broadcast100, results.queued100),
      line('100 sockets, joined frames', results.broadcast100, results.joined100),
      line('1 000 sockets, a tick’s facts through Engine.IO’s queue', results.broadcast1000, results.queued1000),
      line('1 000 sockets, joined frames', results.broadcast1000, results.joined1000),
    ];
  });
};
