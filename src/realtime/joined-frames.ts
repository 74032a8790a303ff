/**
 * Joined emission: a batch of facts becomes one byte buffer of ready WebSocket frames, built once and written once to each socket.
 *
 * Invariant: on one connection the client hears every fact exactly once and in the order of the calls, whatever mixture of
 * `socket.emit`, acknowledgements and joined writes the server used. Without it a fact overtakes an acknowledgement or an
 * earlier fact, and clients see holes that are none.
 *
 * How it holds: Engine.IO hands packets to the WebSocket in order and keeps the rest in `conn.writeBuffer`. While that queue is
 * empty, all that was said before already stands in the TCP stream, and appending to the stream cannot overtake. In every other
 * state (queued packets, no WebSocket yet, compression, a peer that does not read) the batch goes through Engine.IO's own queue,
 * fact by fact with frames encoded once, as Socket.IO's adapter does when it broadcasts.
 *
 * Reaches into socket.io 4.8.3, engine.io 6.6.11 and ws 8.21.3: `client.writeToEngine`, `conn.writeBuffer`, `conn.sendPacket`, `transport.socket`,
 * `transport.perMessageDeflate`, `ws._sender.sendFrame`, and Node's `_handle.writeQueueSize`; test/realtime/joined-frames.test.ts fails for another version or where one is
 * missing. Not told of these facts: `onAnyOutgoing` listeners and connection state recovery (off here).
 */
import type { Socket } from 'socket.io';

/** A fact encoded once, for any number of sockets. */
export interface EncodedFact {
  readonly event: string;
  readonly payload: unknown;
  /** The Socket.IO packet. */
  readonly packet: string;
  /** The same packet as one WebSocket text frame. */
  readonly frame: Buffer;
}

/** Facts in their order with the bytes of all their frames, for any number of sockets. */
export interface FactBatch {
  readonly facts: readonly EncodedFact[];
  readonly bytes: Buffer;
}

/** `joined`: written straight to the WebSocket; `queued`: handed to Engine.IO; `closed`: nobody listens, nothing was written. */
export type Road = 'joined' | 'queued' | 'closed';

/** Above this many bytes that the peer has not taken yet, facts queue in Engine.IO, where the slow consumer is counted in packets. */
export const joinedWriteLimit = 64 * 1024;

interface EngineConnection {
  readonly readyState: string;
  readonly writeBuffer: readonly QueuedPacket[];
  readonly transport: { readonly perMessageDeflate?: unknown; readonly socket?: EngineWebSocket };
  sendPacket(type: 'ping'): void;
  on(event: 'packet', listener: (packet: { type: string }) => void): void;
  once(event: 'close', listener: () => void): void;
  off(event: 'packet', listener: (packet: { type: string }) => void): void;
}

interface QueuedPacket {
  readonly data?: string | ArrayBufferView;
  readonly options?: { readonly wsPreEncodedFrame?: readonly (Buffer | string)[] };
}

interface TcpSocket {
  readonly _handle?: { readonly bytesWritten?: number; readonly writeQueueSize?: number } | null;
  cork(): void;
  uncork(): void;
}

interface EngineWebSocket extends WatchedWebSocket {
  readonly bufferedAmount: number;
  readonly _sender?: { readonly sendFrame?: (frame: readonly Buffer[]) => void };
  terminate(): void;
}

/** What tells how far the peer of a WebSocket is. */
interface WatchedWebSocket {
  readonly _socket?: TcpSocket;
  readonly readyState: number;
  ping(): void;
  once(event: 'pong', listener: () => void): void;
}

interface EngineClient {
  writeToEngine(packets: readonly string[], options: { wsPreEncodedFrame: readonly Buffer[] }): void;
}

const webSocketOpen = 1;
const packetOverhead = 4;

/** Encodes a fact of the default namespace; the payload is plain JSON without binary parts. */
export function encodeFact(event: string, payload: unknown): EncodedFact {
  const packet = `2${JSON.stringify([event, payload])}`;
  return { event, payload, packet, frame: textFrame(`4${packet}`) };
}

/** Joins the frames of a batch; the bytes are shared by every socket that gets it and must not be changed. */
export function joinFacts(facts: readonly EncodedFact[]): FactBatch {
  const [only] = facts;
  if (only && facts.length === 1) return { facts, bytes: only.frame };
  return { facts, bytes: Buffer.concat(facts.map((fact) => fact.frame)) };
}

/** Sends a batch to one socket, after all that was sent to it before; `joined: false` always takes Engine.IO's queue. */
export function sendBatch(socket: Socket, batch: FactBatch, options: { joined?: boolean } = {}): Road {
  if (socket.nsp.name !== '/')
    throw new Error(`Facts are encoded for the default namespace, not for ${socket.nsp.name}`);
  const conn = connectionOf(socket);
  if (!socket.connected || conn.readyState !== 'open') return 'closed';
  if (batch.facts.length === 0) return 'queued';
  const webSocket = options.joined === false ? undefined : idleWebSocket(conn);
  if (webSocket?._sender?.sendFrame) {
    if (webSocket._socket) corkUntilTickEnds(webSocket._socket);
    webSocket._sender.sendFrame([batch.bytes]);
    return 'joined';
  }
  const client = socket.client as unknown as EngineClient;
  for (const { packet, frame } of batch.facts) client.writeToEngine([packet], { wsPreEncodedFrame: [frame] });
  return 'queued';
}

/** Sends facts to one socket; for the same facts to several sockets join them once and use `sendBatch`. */
export function sendFacts(socket: Socket, facts: readonly EncodedFact[], options: { joined?: boolean } = {}): Road {
  return sendBatch(socket, joinFacts(facts), options);
}

/** What waits for this socket: packets in Engine.IO's queue, and bytes of that queue and of all that was written but not taken by the peer. */
export function backlog(socket: Socket): { packets: number; bytes: number } {
  const { writeBuffer, transport } = connectionOf(socket);
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const packet of writeBuffer) bytes += sizeOf(packet);
  return { packets: writeBuffer.length, bytes };
}

/**
 * Bytes that were given to the operating system for this socket, and those of them that it has taken, also of a write that is half done; NaN,
 * which equals nothing, where it is not known.
 */
export function writtenBytes(socket: Socket): { given: number; taken: number } {
  return bytesWrittenTo(connectionOf(socket).transport.socket);
}

/** The same of any WebSocket. */
export function bytesWrittenTo(webSocket: object | undefined): { given: number; taken: number } {
  const handle = (webSocket as WatchedWebSocket | undefined)?._socket?._handle;
  const given = handle?.bytesWritten ?? NaN;
  return { given, taken: given - (handle?.writeQueueSize ?? NaN) };
}

/** Calls back when the peer has read all that was written to it so far, by a ping of the WebSocket behind it. */
export function onceRead(socket: Socket, read: () => void): void {
  onceReadBy(connectionOf(socket).transport.socket, read);
}

/** The same of any WebSocket. */
export function onceReadBy(webSocket: WatchedWebSocket | undefined, read: () => void): void {
  if (webSocket?.readyState !== webSocketOpen) return;
  webSocket.once('pong', read);
  webSocket.ping();
}

/** Calls back when the client, and not just the system beneath it, has taken up all that was said to it so far: by a ping that its own code answers. */
export function onceTakenUp(socket: Socket, takenUp: () => void): void {
  const conn = connectionOf(socket);
  if (conn.readyState !== 'open') return takenUp();
  const listen = ({ type }: { type: string }): void => {
    if (type !== 'pong') return;
    conn.off('packet', listen);
    takenUp();
  };
  conn.on('packet', listen);
  conn.once('close', takenUp);
  conn.sendPacket('ping');
}

/** Ends the connection with whatever still waits. */
export function terminate(conn: Socket['conn']): void {
  const webSocket = (conn as unknown as EngineConnection).transport.socket;
  if (webSocket) webSocket.terminate();
  else conn.close(true);
}

function connectionOf(socket: Socket): EngineConnection {
  return socket.conn as unknown as EngineConnection;
}

// `transport.writable` is not asked: it is false until the last write is confirmed, but the bytes of that write already stand in the TCP
// stream, and `bufferedAmount` says what the peer has not taken.
const corked: TcpSocket[] = [];

/** Whatever else this tick writes to the socket, such as the sender's own acknowledgement, leaves in the same system call. */
function corkUntilTickEnds(tcp: TcpSocket): void {
  tcp.cork();
  if (corked.push(tcp) === 1) process.nextTick(uncorkAll);
}

function uncorkAll(): void {
  for (const tcp of corked.splice(0)) tcp.uncork();
}

function idleWebSocket({ writeBuffer, transport }: EngineConnection): EngineWebSocket | undefined {
  const webSocket = transport.socket;
  if (writeBuffer.length > 0 || transport.perMessageDeflate) return undefined;
  if (webSocket?.readyState !== webSocketOpen || webSocket.bufferedAmount > joinedWriteLimit) return undefined;
  return webSocket;
}

function sizeOf({ data, options }: QueuedPacket): number {
  const frame = options?.wsPreEncodedFrame;
  if (frame) return frame.reduce((size, part) => size + Buffer.byteLength(part), 0);
  if (data === undefined) return packetOverhead;
  return packetOverhead + (typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength);
}

/** A final, unmasked text frame (RFC 6455 §5.2) as a server sends it. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, start);
  return frame;
}
