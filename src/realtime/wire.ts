import type { Socket } from 'socket.io';
import type { FactPayload } from './events.js';
import {
  backlog,
  type FactBatch,
  onceRead,
  onceTakenUp,
  type Road,
  sendBatch,
  terminate,
  writtenBytes,
} from './joined-frames.js';

/**
 * Why this node ends a connection. `room_lost`: its owner may no longer hear the one room that it was for; `unreadable`, `binary`: it said what
 * its language has no words for.
 */
export type EndReason = FactPayload<'session.ended'>['reason'] | 'room_lost' | 'unreadable' | 'binary';

/** What carries facts to the peer of a connection. */
export interface Wire {
  readonly isOpen: boolean;
  /** Sends facts after all that was sent before. */
  send(batch: FactBatch): Road;
  /** What waits for the peer. */
  backlog(): { packets: number; bytes: number };
  /** Bytes given to the operating system, and those of them that it has taken. */
  written(): { given: number; taken: number };
  /** Calls back when the peer has read all that was written so far. */
  onceRead(read: () => void): void;
  /** Calls back when the client itself has taken it up, or is gone. */
  onceTakenUp(takenUp: () => void): void;
  /** Closes for this reason, as soon as what was said last is sent. */
  close(reason: EndReason): void;
  /** Closes so that the peer comes back by itself, to whichever node. */
  drop(): void;
  /** Ends the connection with whatever still waits. */
  terminate(): void;
}

/** A Socket.IO client. */
export class SocketIoWire implements Wire {
  constructor(
    readonly socket: Socket,
    private readonly joined: boolean,
  ) {}

  get isOpen(): boolean {
    return this.socket.connected;
  }

  send(batch: FactBatch): Road {
    return sendBatch(this.socket, batch, { joined: this.joined });
  }

  backlog(): { packets: number; bytes: number } {
    return backlog(this.socket);
  }

  written(): { given: number; taken: number } {
    return writtenBytes(this.socket);
  }

  onceRead(read: () => void): void {
    onceRead(this.socket, read);
  }

  onceTakenUp(takenUp: () => void): void {
    onceTakenUp(this.socket, takenUp);
  }

  close(): void {
    this.socket.disconnect(true);
  }

  /** As if the connection were lost: stock clients then come back by themselves, as they would not after being disconnected. */
  drop(): void {
    this.socket.conn.close();
  }

  terminate(): void {
    terminate(this.socket.conn);
  }
}
