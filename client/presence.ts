import { Emitter } from './emitter.js';
import type { Commands } from './generated/events.js';
import type { PresenceChangedFact } from './generated/types.js';

export type PersonPresence = PresenceChangedFact['people'][number];

interface PresenceEvents {
  change: undefined;
}

/**
 * Whether the people one watches are here.
 *
 * The service forgets with the socket who is watched, so every connection asks anew; between two of them everybody is `unknown`, because
 * nobody tells who goes.
 */
export class Presence extends Emitter<PresenceEvents> {
  private readonly known = new Map<number, PersonPresence>();
  private watched: ReadonlySet<number> = new Set();
  private online = false;

  constructor(private readonly ask: (accountIds: number[]) => Promise<Commands['presence.watch']['ack']>) {
    super();
  }

  /** Watches these people, 200 at most, instead of those before; whoever shares no room with one stays without an answer. */
  async watch(accountIds: Iterable<number>): Promise<void> {
    this.watched = new Set(accountIds);
    for (const id of this.known.keys()) if (!this.watched.has(id)) this.known.delete(id);
    if (this.online) this.hear((await this.ask([...this.watched])).people);
  }

  of(accountId: number): PersonPresence | undefined {
    return this.known.get(accountId);
  }

  hear(people: readonly PersonPresence[]): void {
    for (const person of people) if (this.watched.has(person.accountId)) this.known.set(person.accountId, person);
    this.emit('change', undefined);
  }

  goOnline(): void {
    this.online = true;
    // Refused or unanswered, they stay unknown until the next connection.
    if (this.watched.size > 0) this.watch(this.watched).catch(() => undefined);
  }

  goOffline(): void {
    if (!this.online) return;
    this.online = false;
    this.hear([...this.known.values()].map((person) => ({ ...person, state: 'unknown' })));
  }
}
