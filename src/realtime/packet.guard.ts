import { MOST_DEPTH, MOST_NODES, structureMistake } from '../platform/json-body.js';
import { Problem } from '../platform/problems.js';

/** Why a packet must be refused before anything else looks at it: one argument and an ack at most, within our limits of structure, a known command. */
export function problemWith(packet: readonly unknown[], known: ReadonlyMap<string, unknown>): Problem | undefined {
  const hasAck = typeof packet.at(-1) === 'function';
  const values = packet.length - 1 - (hasAck ? 1 : 0);
  if (typeof packet[0] !== 'string' || !known.has(packet[0])) return new Problem('event/unknown');
  if (values > 1) return new Problem('request/invalid', { detail: 'A command has one argument and an ack.' });
  const mistake = values === 1 ? structureMistake(packet[1]) : undefined;
  if (mistake === 'too-complex')
    return new Problem('request/too-complex', { detail: `At most ${MOST_DEPTH} levels and ${MOST_NODES} values.` });
  return (
    mistake && new Problem('request/invalid', { detail: 'Binary parts and reserved property names are not allowed.' })
  );
}
