import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type Socket } from 'socket.io';
import { encodeFact, joinFacts, sendBatch, type EncodedFact } from '../../src/realtime/joined-frames.js';

/**
 * Peer of `emission`: three ways to tell a room in one process that stores nothing. A token is `<account>:<room>`; room 1
 * is told by Socket.IO's broadcast at once, room 2 a tick's facts by Engine.IO's queue, room 3 a tick's facts as joined frames.
 */
interface Send {
  roomId: number;
  text: string;
  clientId: string;
}

interface Room {
  seq: number;
  sockets: Set<Socket>;
  waiting: { fact: EncodedFact; ack: () => void }[];
}

const [broadcast, joined] = [1, 3];
const http = createServer();
const io = new Server(http, { serveClient: false, perMessageDeflate: false, transports: ['websocket'] });
const rooms = new Map<number, Room>([1, 2, 3].map((id) => [id, { seq: 0, sockets: new Set(), waiting: [] }]));

function tell(roomId: number, room: Room): void {
  const told = room.waiting.splice(0);
  const batch = joinFacts(told.map(({ fact }) => fact));
  for (const socket of room.sockets) sendBatch(socket, batch, { joined: roomId === joined });
  for (const { ack } of told) ack();
}

io.on('connection', (socket) => {
  const [account, room = 0] = String(socket.handshake.auth.token).split(':').map(Number);
  void socket.join(`room:${room}`);
  rooms.get(room)?.sockets.add(socket);
  socket.on('disconnect', () => rooms.get(room)?.sockets.delete(socket));
  socket.on('message.send', ({ roomId, text, clientId }: Send, ack: (answer: unknown) => void) => {
    const here = rooms.get(roomId);
    if (!here) return ack({ ok: false });
    const seq = ++here.seq;
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
    const acknowledge = () => ack({ ok: true, message, duplicate: false });
    if (roomId === broadcast) {
      io.to(`room:${roomId}`).emit('message.sent', message);
      return acknowledge();
    }
    if (here.waiting.length === 0) setImmediate(tell, roomId, here);
    here.waiting.push({ fact: encodeFact('message.sent', message), ack: acknowledge });
  });
});

http.listen(0, '127.0.0.1', () => process.send?.({ port: (http.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());
