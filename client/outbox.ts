/**
 * Messages on their way. Invariants, and what breaks without them:
 * - a message is kept before it is sent and forgotten only after a definite answer: else a reload or a lost connection loses it;
 * - every attempt carries the same clientId: else a repeated message is stored twice;
 * - what one person wrote is never sent in another's name, who signs in on the same device;
 * - one attempt at a time in a room, in the order of writing: else messages change places.
 */
import type { MessageView } from './generated/types.js';
import { BesedkaProblem, isTemporary } from './problem.js';
import type { ClientStorage } from './storage.js';

/** A message that the service has not acknowledged. `failed`: it was refused, and waits for `retry` or `discard`. */
export interface PendingMessage {
  readonly clientId: string;
  readonly roomId: number;
  readonly text: string;
  readonly replyTo?: number;
  /** Milliseconds since 1970, by this device's clock. */
  readonly writtenAt: number;
  readonly state: 'sending' | 'failed';
  /** Why it was refused, for good or, while it is `sending`, for now. */
  readonly problem?: { code: string; detail: string; reason?: string; expiresAt?: string | null };
  /** When it is tried again, where the service said how long to wait: by this device's clock. */
  readonly retryAt?: number;
}

export type Deliver = (message: PendingMessage) => Promise<MessageView>;

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 10_000;

export class Outbox {
  private readonly pending = new Map<string, PendingMessage>();
  private readonly told = new Map<string, () => void>();
  private readonly busy = new Set<number>();
  private owner: string | undefined;
  private online = false;

  constructor(
    private readonly storage: ClientStorage,
    private readonly deliver: Deliver,
    private readonly stored: (message: MessageView) => void,
    private readonly changed: (roomId: number) => void,
  ) {}

  /** From here on it is this person's: what he wrote before a reload is there again, what somebody else wrote on this device is not. */
  own(owner: string): void {
    if (this.owner === owner) return;
    if (this.owner !== undefined) this.pending.clear();
    this.owner = owner;
    for (const message of this.pending.values()) this.put(message);
    const keys = this.storage.keys(this.keyOf(''));
    const kept = keys.map((key) => JSON.parse(this.storage.get(key)!) as PendingMessage);
    for (const message of kept.sort((a, b) => a.writtenAt - b.writtenAt)) this.pending.set(message.clientId, message);
  }

  of(roomId: number): PendingMessage[] {
    return [...this.pending.values()].filter((message) => message.roomId === roomId);
  }

  add(roomId: number, text: string, replyTo?: number): PendingMessage {
    const message: PendingMessage = {
      clientId: newKey(),
      roomId,
      text,
      ...(replyTo === undefined ? {} : { replyTo }),
      writtenAt: this.afterAll(),
      state: 'sending',
    };
    this.put(message);
    void this.work(roomId);
    return message;
  }

  /** Tries a failed message again, with the same clientId. */
  retry(clientId: string): void {
    const message = this.pending.get(clientId);
    if (message?.state !== 'failed') return;
    const { problem: _past, retryAt: _then, ...rest } = message;
    this.put({ ...rest, state: 'sending' });
    void this.work(message.roomId);
  }

  discard(clientId: string): void {
    const message = this.pending.get(clientId);
    if (message) this.forget(message);
  }

  /** The message is stored, as its own fact tells: also when its acknowledgement was lost. */
  settle(clientId: string): void {
    const told = this.told.get(clientId);
    this.discard(clientId);
    told?.();
  }

  goOnline(): void {
    this.online = true;
    for (const { roomId } of this.pending.values()) void this.work(roomId);
  }

  goOffline(): void {
    this.online = false;
  }

  private async work(roomId: number): Promise<void> {
    if (this.busy.has(roomId)) return;
    this.busy.add(roomId);
    try {
      let attempts = 0;
      for (let next = this.next(roomId); next; next = this.next(roomId)) {
        try {
          const message = await Promise.race([this.deliver(next), this.toldBy(next.clientId)]);
          if (message) this.stored(message);
          this.forget(next);
          attempts = 0;
        } catch (error) {
          if (!isTemporary(error)) this.fail(next, error as BesedkaProblem);
          else await this.pause(next, error, attempts++);
        }
      }
    } finally {
      this.busy.delete(roomId);
    }
  }

  /** Resolves when the fact of the message comes before its acknowledgement. */
  private toldBy(clientId: string): Promise<undefined> {
    return new Promise((resolve) => this.told.set(clientId, () => resolve(undefined)));
  }

  private next(roomId: number): PendingMessage | undefined {
    return this.online ? this.of(roomId).find((message) => message.state === 'sending') : undefined;
  }

  private pause(message: PendingMessage, error: unknown, attempts: number): Promise<void> {
    const asked = error instanceof BesedkaProblem ? error.retryAfterMs : undefined;
    const wait = (asked ?? 0) + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts) * (0.5 + Math.random() / 2);
    if (asked !== undefined && this.pending.has(message.clientId))
      this.put({ ...message, problem: reasonOf(error as BesedkaProblem), retryAt: Date.now() + wait });
    return new Promise((resolve) => setTimeout(resolve, wait));
  }

  private fail({ retryAt: _then, ...message }: PendingMessage, problem: BesedkaProblem): void {
    if (this.pending.has(message.clientId)) this.put({ ...message, state: 'failed', problem: reasonOf(problem) });
  }

  /** Later than everything written before, whatever the device's clock does meanwhile: the order is kept over a reload by this number. */
  private afterAll(): number {
    return [...this.pending.values()].reduce((latest, { writtenAt }) => Math.max(latest, writtenAt + 1), Date.now());
  }

  private keyOf(clientId: string): string {
    return `besedka:unsent:${this.owner ?? ''}:${clientId}`;
  }

  private put(message: PendingMessage): void {
    this.pending.set(message.clientId, message);
    if (this.owner !== undefined) this.storage.set(this.keyOf(message.clientId), JSON.stringify(message));
    this.changed(message.roomId);
  }

  private forget(message: PendingMessage): void {
    this.pending.delete(message.clientId);
    this.told.delete(message.clientId);
    this.storage.remove(this.keyOf(message.clientId));
    this.changed(message.roomId);
  }
}

function reasonOf({ code, message: detail, problem: { reason, expiresAt } }: BesedkaProblem) {
  return {
    code,
    detail,
    ...(reason === undefined ? {} : { reason }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** 128 random bits; randomUUID exists in secure pages only. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
