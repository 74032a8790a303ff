import type { Latency } from './latency.js';

export interface Window {
  warmUpMs: number;
  measureMs: number;
}

export interface Sender {
  token: string;
  roomId: number;
}

/** Closed loops: each sender keeps `inFlight` messages unanswered and sends the next when one is acknowledged. */
export interface SendJob extends Window {
  kind: 'send' | 'http-send';
  url: string;
  senders: Sender[];
  inFlight: number;
  textLength: number;
}

/** One room; every token is a listening socket, the first `senders` of them also send in closed loops. */
export interface FanOutJob extends Window {
  kind: 'fan-out';
  url: string;
  tokens: string[];
  roomId: number;
  senders: number;
  textLength: number;
}

/** GET requests in closed loops over keep-alive connections. */
export interface ReadJob extends Window {
  kind: 'read';
  url: string;
  token: string;
  paths: string[];
  connections: number;
}

/** Opens sockets and holds them until the driver is told to go. */
export interface IdleJob {
  kind: 'idle';
  url: string;
  tokens: string[];
}

/** One room at a steady pace; every token listens, the senders are not members and hear nothing, and `stalled` stops reading when the measured time begins. */
export interface StalledJob extends Window {
  kind: 'stalled';
  url: string;
  tokens: string[];
  roomId: number;
  senders: string[];
  messagesPerSecond: number;
  textLength: number;
  stalled?: string | undefined;
}

export type Job = SendJob | FanOutJob | ReadJob | IdleJob | StalledJob;

export interface Result {
  /** Acknowledged messages, deliveries or answered requests in the measured time. */
  count: number;
  perSecond: number;
  /** Over the whole run, warm-up and drain included. */
  total: number;
  refused: number;
  firstRefusal?: string | undefined;
  latency: Latency;
  /** Share of one core that the driver itself used while it measured: near 1 it measured itself. */
  driverBusy: number;
  /** Stalled only: after how long the server had let go of the one that does not read; NaN when it never did. */
  cutAfterMs?: number;
  /** Fan-out only: acknowledged messages in the measured time. */
  messages?: number;
}

export type FromDriver = { window: 'opens' | 'closes' } | { result: Result } | { failure: string };
