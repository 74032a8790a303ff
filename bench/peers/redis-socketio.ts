import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';

/**
 * Peer of `cluster`: Socket.IO with the way of its Redis adapter, which publishes each broadcast on a channel and tells its own sockets at once;
 * written by hand, so that the project carries no dependency for a measurement. It stores nothing and checks nothing. A token is `<account>:<room>:<room>`; the socket joins both.
 */
interface Send {
  roomId: number;
  text: string;
  clientId: string;
}

const [publisher, subscriber] = [new Redis(process.env.REDIS_URL!), new Redis(process.env.REDIS_URL!)];
const channel = 'bench#/#';
const uid = String(process.pid);
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ['websocket'] });
const seqs = new Map<number, number>();

subscriber.on('message', (_channel, text) => {
  const [from, roomId, message] = JSON.parse(text) as [string, number, unknown];
  if (from !== uid) io.to(`room:${roomId}`).emit('message.sent', message);
});

io.on('connection', (socket) => {
  const [account, ...rooms] = String(socket.handshake.auth.token).split(':').map(Number);
  void socket.join(rooms.map((room) => `room:${room}`));
  socket.on('message.send', ({ roomId, text, clientId }: Send, ack: (answer: unknown) => void) => {
    const seq = (seqs.get(roomId) ?? 0) + 1;
    seqs.set(roomId, seq);
    const author = { id: account, username: `person${account}`, firstName: '', lastName: '' };
    const times = { createdAt: new Date().toISOString(), editedAt: null, deletedAt: null };
    const message = { id: seq, roomId, seq, author, text, clientId, ...times, version: 1, replyTo: null };
    io.to(`room:${roomId}`).emit('message.sent', message);
    void publisher.publish(channel, JSON.stringify([uid, roomId, message]));
    ack({ ok: true, message, duplicate: false });
  });
});

await subscriber.subscribe(channel);
http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
