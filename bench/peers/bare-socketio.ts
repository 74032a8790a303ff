import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';

/**
 * Peer of `fanout`: Socket.IO alone. It stores nothing, checks nothing and broadcasts each message to its room.
 * A token is `<account>:<room>`; the socket joins that room.
 */
interface Send {
  roomId: number;
  text: string;
  clientId: string;
}

const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ['websocket'] });
const seqs = new Map<number, number>();

io.on('connection', (socket) => {
  const [account, room] = String(socket.handshake.auth.token).split(':').map(Number);
  void socket.join(`room:${room}`);
  socket.on('message.send', ({ roomId, text, clientId }: Send, ack: (answer: unknown) => void) => {
    const seq = (seqs.get(roomId) ?? 0) + 1;
    seqs.set(roomId, seq);
    const author = { id: account, username: `person${account}`, firstName: '', lastName: '' };
    const at = new Date().toISOString();
    const message = {
      id: seq,
      roomId,
      seq,
      author,
      text,
      clientId,
      createdAt: at,
      editedAt: null,
      deletedAt: null,
      version: 1,
      replyTo: null,
    };
    io.to(`room:${roomId}`).emit('message.sent', message);
    ack({ ok: true, message, duplicate: false });
  });
});

http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
