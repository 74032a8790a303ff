import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { Database } from '../platform/database.js';
import { MembersService } from '../rooms/members.service.js';
import type { Connection } from './connection.js';
import { OwnPresence } from './own-presence.js';
import { type Here, PresenceBoard } from './presence.board.js';
import type { PresenceView } from './presence.dto.js';
import { PresenceRepository } from './presence.repository.js';
import { PresenceWatch } from './presence.watch.js';

/** Who is here, for those who share a room with him. */
@Injectable()
export class PresenceService {
  constructor(
    private readonly database: Database,
    private readonly members: MembersService,
    private readonly board: PresenceBoard,
    private readonly own: OwnPresence,
    private readonly watching: PresenceWatch,
    private readonly presences: PresenceRepository,
  ) {}

  /** Of these accounts, those the actor shares a room with, and himself, in their order; all others are left out as if they did not exist. */
  async look(actor: Actor, accountIds: readonly number[]): Promise<PresenceView[]> {
    const asked = [...new Set(accountIds)];
    const sharing = await this.members.sharing(
      this.database,
      asked.map((id) => [actor.accountId, id] as const),
    );
    const visible = asked.filter((_, place) => sharing[place]);
    if (visible.length === 0) return [];
    const states = await this.board.states(visible, this.own.of);
    const seen = await this.presences.lastSeen(this.database, visible);
    return visible.map((accountId) => ({
      accountId,
      state: states.get(accountId)!,
      lastSeenAt: seen.get(accountId)?.toISOString() ?? null,
    }));
  }

  /** The same, and from now on the socket hears how they change, and of nobody else. */
  async watch(actor: Actor, connection: Connection, accountIds: readonly number[]): Promise<PresenceView[]> {
    const people = await this.look(actor, accountIds);
    this.watching.watch(connection, new Map(people.map(({ accountId, state }) => [accountId, state])));
    return people;
  }

  set(connection: Connection, state: Here): void {
    this.own.set(connection, state);
  }
}
