import { connect, createServer, type Socket } from 'node:net';
import type { TestServer } from './databases.js';

/** A door before the database server that can be shut: open, refusing everybody, or silent. */
export interface DatabaseGate {
  address: TestServer['address'];
  set(state: 'open' | 'refusing' | 'silent'): void;
  close(): Promise<void>;
}

export async function databaseGate(server: TestServer): Promise<DatabaseGate> {
  const { host, port } = server.address;
  let state: 'open' | 'refusing' | 'silent' = 'open';
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const gate = createServer((client) => {
    keep(client);
    if (state === 'refusing') return void client.destroy();
    const upstream = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    keep(upstream);
    client.on('data', (chunk) => state === 'open' && upstream.write(chunk)).on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => state === 'open' && client.write(chunk)).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return {
    address: { ...server.address, host: '127.0.0.1', port: (gate.address() as { port: number }).port },
    set: (next) => {
      state = next;
      if (state === 'refusing') for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => gate.close(resolve));
    },
  };
}
