import { Injectable } from '@nestjs/common';

/** "Stream `room` or `account` with this id now reaches `seq`", with the fact itself where it is at hand. */
export interface Hint {
  stream: 'room' | 'account';
  id: number;
  seq: number;
  /** The fact at `seq`, when the writer has it; without it the reader goes to the log. */
  fact?: { event: string; payload: unknown };
}

/**
 * Wakes readers of the logs after a commit. Hints may be lost, doubled or late: the log may not, and whoever listens must be
 * right without them. Nothing durable may ever depend on a hint.
 */
@Injectable()
export class Hints {
  private readonly listeners = new Set<(hints: readonly Hint[]) => void>();

  listen(listener: (hints: readonly Hint[]) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  publish(hints: readonly Hint[]): void {
    for (const listener of this.listeners) listener(hints);
  }
}
