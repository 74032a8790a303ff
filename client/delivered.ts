/** The service keeps a mark a second late anyway. */
const TOLD_AFTER_MS = 500;

/** How far a room has reached the devices of its members, in rooms that keep such marks. Told in passing: a mark may come late, never too early. */
export class Delivered {
  private readonly marks = new Map<number, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private toldSeq = 0;
  private reachedSeq = 0;

  constructor(private readonly tell: (seq: number) => Promise<unknown>) {}

  /** How many others it has reached. */
  countAt(seq: number): number {
    return [...this.marks.values()].filter((reached) => reached >= seq).length;
  }

  hear(accountId: number, seq: number): void {
    this.marks.set(accountId, Math.max(seq, this.marks.get(accountId) ?? 0));
  }

  /** Everything up to this seq is here: told to the service once for all that comes together. */
  reached(seq: number): void {
    this.reachedSeq = seq;
    if (seq <= this.toldSeq) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.toldSeq = this.reachedSeq;
      // What was not taken is said again after the next connection.
      this.tell(this.toldSeq).catch(() => undefined);
    }, TOLD_AFTER_MS);
  }

  /** The connection is gone, and perhaps what was told over it. */
  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.toldSeq = 0;
  }
}
