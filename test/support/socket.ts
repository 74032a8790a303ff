import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import type { ClientToServer, ServerToClient } from '../../src/realtime/events.js';
import { eventually } from './expect.js';

export interface Heard {
  event: string;
  payload: any;
}

/** A plain socket.io client that remembers all it heard. */
export class ListeningSocket {
  readonly heard: Heard[] = [];
  closedBecause: string | undefined;

  constructor(readonly io: Socket<ServerToClient, ClientToServer>) {
    io.onAny((event: string, payload: unknown) => this.heard.push({ event, payload }));
    io.on('disconnect', (reason) => (this.closedBecause = reason));
  }

  /** Sends a command and resolves with its ack; rejects when none comes. */
  send(event: string, payload?: unknown): Promise<any> {
    return (this.io as Socket).timeout(8_000).emitWithAck(event, payload);
  }

  of(event: string): any[] {
    return this.heard.filter((heard) => heard.event === event).map((heard) => heard.payload);
  }

  /** The first fact of this name for which `fits` holds, heard by now or within five seconds. */
  hears(event: string, fits: (payload: any) => boolean = () => true): Promise<any> {
    return eventually(() => this.of(event).find(fits), `${event}; heard: ${JSON.stringify(this.heard).slice(0, 600)}`);
  }

  close(): void {
    this.io.disconnect();
  }
}

export async function connectSocket(
  origin: string,
  auth: Record<string, unknown>,
  options: Partial<ManagerOptions & SocketOptions> = {},
): Promise<ListeningSocket> {
  const socket = new ListeningSocket(
    io(origin, { transports: ['websocket'], forceNew: true, reconnection: false, auth, ...options }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.io.once('connect', resolve);
    socket.io.once('connect_error', reject);
  });
  return socket;
}
