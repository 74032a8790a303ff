import type { PublicAccountView } from './generated/types.js';

/** The service takes somebody for gone six seconds after he last said so. */
const LIFE_MS = 6_500;
const REPEATED_MS = 3_000;

/** Who is typing in a room, oneself included. Told in passing: what is lost is only seen late. */
export class Typing {
  private readonly typists = new Map<number, { account: PublicAccountView; ends: ReturnType<typeof setTimeout> }>();
  private saidAt = -Infinity;

  constructor(
    private readonly tell: (typing: boolean) => Promise<unknown>,
    private readonly changed: () => void,
  ) {}

  /** The others, in the order in which they began. */
  get people(): readonly PublicAccountView[] {
    return [...this.typists.values()].map(({ account }) => account);
  }

  /** One types oneself: told at once, then every three seconds however often this is called. */
  say(): void {
    if (performance.now() - this.saidAt < REPEATED_MS) return;
    this.saidAt = performance.now();
    this.tell(true).catch(() => undefined);
  }

  /** One has stopped without sending. */
  unsay(): void {
    if (this.saidAt === -Infinity) return;
    this.sent();
    this.tell(false).catch(() => undefined);
  }

  /** One's own message says it by itself. */
  sent(): void {
    this.saidAt = -Infinity;
  }

  started(account: PublicAccountView): void {
    clearTimeout(this.typists.get(account.id)?.ends);
    const ends = setTimeout(() => this.stopped(account.id), LIFE_MS);
    this.typists.set(account.id, { account, ends });
    this.changed();
  }

  stopped(accountId: number): void {
    const known = this.typists.get(accountId);
    if (!known) return;
    clearTimeout(known.ends);
    this.typists.delete(accountId);
    this.changed();
  }

  /** Nobody tells any more who stops. */
  forget(): void {
    this.sent();
    for (const { ends } of this.typists.values()) clearTimeout(ends);
    this.typists.clear();
  }
}
