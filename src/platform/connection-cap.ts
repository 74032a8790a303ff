import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from './config.js';

/**
 * Closes the connections that one address opens beyond its number, before a byte of them is read. Behind a proxy all of them are the
 * proxy's, and counting is left to it.
 */
export function capConnections(server: Server, config: Config): void {
  if (config.get('BESEDKA_TRUST_PROXY') > 0) return;
  const most = config.get('BESEDKA_CONNECTIONS_PER_ADDRESS');
  const open = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const from = socket.remoteAddress ?? '';
    const others = open.get(from) ?? 0;
    if (others >= most) return void socket.destroy();
    open.set(from, others + 1);
    socket.once('close', () => {
      const left = open.get(from)! - 1;
      if (left > 0) open.set(from, left);
      else open.delete(from);
    });
  });
}
