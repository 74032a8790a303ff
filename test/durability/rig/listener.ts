import type { Stream } from '../checker/history.js';
import { factOf } from './facts.js';
import type { Ledger } from './ledger.js';
import type { OpenSocket, SocketDoor, SocketUser } from './socket-door.js';

interface Resumed {
  ok: boolean;
  events: { seq: number; event: string; data: any }[];
}

const AGAIN_MS = 100;

/**
 * Follows rooms from their beginning, as a client does: after each reconnect it asks for what came after the last seq it has. What it
 * hears before that answer is promised from the head at sign-in on, what it hears afterwards from the seq it asked for.
 */
export class Listener implements SocketUser {
  private readonly reached: Map<number, number>;
  /** What this connection is hearing, by room. */
  private streams = new Map<number, Stream>();
  private resumed = new Set<number>();
  private socket: OpenSocket | undefined;

  constructor(
    private readonly name: string,
    private readonly ledger: Ledger,
    rooms: readonly number[],
    private readonly door: () => SocketDoor,
  ) {
    this.reached = new Map(rooms.map((roomId) => [roomId, 0]));
  }

  ready(socket: OpenSocket, rooms: { roomId: number; headSeq: number }[]): void {
    this.socket = socket;
    this.streams = new Map();
    this.resumed = new Set();
    for (const { roomId, headSeq } of rooms) this.begin(roomId, headSeq);
    for (const roomId of this.reached.keys()) this.resume(socket, roomId);
  }

  fact(event: string, payload: any): void {
    const { roomId, seq } = payload as { roomId: number; seq?: number };
    // Facts of the account, such as a moved read mark, have no place in the room's log.
    if (seq === undefined) return;
    this.streams.get(roomId)?.heard.push(factOf(event, payload, this.keptText));
    if (this.resumed.has(roomId)) this.reach(roomId, seq);
  }

  gone(): void {
    this.socket = undefined;
  }

  /** Drops the connection in the middle of whatever it hears. */
  drop(): void {
    this.door().drop();
  }

  /** Marks as read what was heard; whether it worked shows in the unread counts. */
  markRead(): void {
    for (const [roomId, seq] of this.reached) this.socket?.io.emit('read.mark', { roomId, seq }, () => undefined);
  }

  /** Whether every room has been followed up to its head. */
  hasReached(heads: ReadonlyMap<number, number>): boolean {
    return [...this.reached].every(([roomId, seq]) => seq >= (heads.get(roomId) ?? 0));
  }

  /** Puts down for the checker how far each room was followed. */
  report(): void {
    for (const [roomId, reached] of this.reached)
      this.ledger.history.follows.push({ listener: this.name, roomId, reached });
  }

  private readonly keptText = (clientId: string, text: string): string => this.ledger.keptText(clientId, text);

  private resume(socket: OpenSocket, roomId: number): void {
    const after = this.reached.get(roomId)!;
    socket.io.emit('room.resume', { roomId, after }, (answer: Resumed) => {
      if (this.socket !== socket) return;
      if (!answer.ok) return void setTimeout(() => this.socket === socket && this.resume(socket, roomId), AGAIN_MS);
      this.begin(roomId, after);
      this.resumed.add(roomId);
      for (const { event, data } of answer.events) this.fact(event, data);
    });
  }

  private begin(roomId: number, after: number): void {
    const { connection } = this.socket!.line;
    const stream: Stream = { listener: this.name, connection, roomId, after, heard: [] };
    this.streams.set(roomId, stream);
    this.ledger.history.streams.push(stream);
  }

  /** Only without a hole: a real client would ask again, but here the hole shall be seen. */
  private reach(roomId: number, seq: number): void {
    if (seq > this.reached.get(roomId)!) this.reached.set(roomId, seq);
  }
}
