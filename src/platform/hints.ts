import { Injectable } from '@nestjs/common';

/** "Stream `room` or `account` with this id now reaches `seq`", with the fact itself where it is at hand. */
export interface Hint {
  readonly stream: 'room' | 'account';
  readonly id: number;
  readonly seq: number;
  /** The fact at `seq`, when the writer has it; without it the reader goes to the log. */
  readonly fact?: { event: string; payload: unknown } | undefined;
  /** Another node said so: its fact is checked before it is told. */
  readonly elsewhere?: boolean;
}

/**
 * Wakes readers of the logs after a commit. Hints may be lost, doubled or late: the log may not, and whoever listens must be
 * right without them. Nothing durable may ever depend on a hint.
 */
@Injectable()
export class Hints {
  private readonly listeners = new Set<(hints: readonly Hint[]) => void>();
  /** Passes what this node has committed on to the others. */
  relay: (hints: readonly Hint[]) => void = () => undefined;

  listen(listener: (hints: readonly Hint[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** For what this node has committed. */
  publish(hints: readonly Hint[]): void {
    this.hear(hints);
    this.relay(hints);
  }

  /** For what others have committed: it goes no further than this node. */
  hear(hints: readonly Hint[]): void {
    for (const listener of this.listeners) listener(hints);
  }
}
