import { createHmac } from 'node:crypto';
import type { Scope } from '../../src/accounts/takes-key.decorator.js';
import type { Role } from '../../src/accounts/actor.js';
import { AccessTokens } from '../../src/accounts/access.tokens.js';
import { HttpClient } from '../support/http.js';
import type { ListeningSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';
import { type ActorName, ACTORS, type RoomRelation, SIGNED_IN } from './authorization.table.js';

const SECRET = 'the key of the authorization matrix 0123456789';
/** An id that no account, room, message or session has. */
export const MISSING = Number.MAX_SAFE_INTEGER;

/** What stands in every text of a room, so that it is known again wherever it comes out. */
export const markOf = (relation: string): string => `⟪${relation}⟫`;

export interface Cast {
  id: number;
  token: string | undefined;
  http: HttpClient;
}

/** People, their tokens, and the rooms between them; rooms are made when they are needed and again after they were spoiled. */
export class Scene {
  readonly people = new Map<string, Person>();
  readonly actors = new Map<ActorName, Cast>();
  readonly sockets = new Map<string, ListeningSocket>();
  private readonly rooms = new Map<RoomRelation, Promise<number>>();
  private readonly across = new Map<RoomRelation, Promise<number>>();
  private count = 0;

  private constructor(readonly world: World) {}

  static async open(): Promise<Scene> {
    const scene = new Scene(await world({ BESEDKA_JWT_SECRET: SECRET }));
    await scene.gather();
    return scene;
  }

  person(name: string): Person {
    return this.people.get(name)!;
  }

  actor(name: ActorName): Cast {
    return this.actors.get(name)!;
  }

  next(): number {
    return ++this.count;
  }

  /** Somebody of this role who may be signed out or lose his password. */
  async throwaway(actor: ActorName): Promise<Person> {
    const role = actor === 'moderator' || actor === 'superuser' ? actor : 'user';
    return this.world.person(`throwaway ${this.next()}`, { role });
  }

  /** An account of this role that nobody has. */
  async bystander(role: Role): Promise<number> {
    const [row] = await this.world.database.query<{ id: number }>(
      'INSERT INTO accounts (username, username_key, role) VALUES ($1, $1, $2) RETURNING id',
      [`bystander ${this.next()}`, role],
    );
    return row!.id;
  }

  /** A further session of somebody, without the cost of a sign-in. */
  async session(accountId: number): Promise<{ id: number; token: string }> {
    const [row] = await this.world.database.query<{ id: number; epoch: number }>(
      `INSERT INTO sessions (account_id, expires_at) VALUES ($1, now() + interval '1 day') RETURNING id, (SELECT epoch FROM accounts WHERE id = $1)`,
      [accountId],
    );
    const token = this.world.app
      .get(AccessTokens, { strict: false })
      .issue({ accountId, sessionId: row!.id, epoch: row!.epoch });
    return { id: row!.id, token };
  }

  /** A further API key, made by root. */
  async key(scopes: readonly Scope[], expiresAt?: string): Promise<{ id: number; key: string }> {
    const made = await this.person('root').http.post('/integrations/keys', {
      name: `key ${this.next()}`,
      scopes,
      expiresAt,
    });
    if (made.status !== 201) throw new Error(`no key: ${made.text}`);
    return made.body as { id: number; key: string };
  }

  room(relation: RoomRelation): Promise<number> {
    if (relation === 'missing') return Promise.resolve(MISSING);
    const room = this.rooms.get(relation) ?? this.makeRoom(relation);
    this.rooms.set(relation, room);
    return room;
  }

  /** The room is no longer what the relation says: the next one who asks gets another. */
  spoil(relation: RoomRelation): void {
    this.rooms.delete(relation);
  }

  /** A message of this author in the room, written past all rules; for the missing room, one somewhere else. */
  async plant(relation: RoomRelation, authorId: number): Promise<number> {
    const roomId = await this.room(relation === 'missing' ? 'ownOpen' : relation);
    const [row] = await this.world.database.query<{ id: number }>(
      `WITH room AS (UPDATE rooms SET last_seq = last_seq + 1, message_count = message_count + 1 WHERE id = $1 RETURNING last_seq)
       INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text) SELECT $1, last_seq, $2, $3, '\\x00', $4 FROM room RETURNING id`,
      [roomId, authorId, `planted-${this.next()}`, `planted ${markOf(relation === 'missing' ? 'ownOpen' : relation)}`],
    );
    return row!.id;
  }

  /** A message of peter in another room, which everybody signed in may read. */
  messageAcross(relation: RoomRelation): Promise<number> {
    const other = relation === 'ownOpen' ? 'open' : 'ownOpen';
    const message = this.across.get(other) ?? this.plant(other, this.person('peter').id);
    this.across.set(other, message);
    return message;
  }

  /** Another one after any row was written, added or taken away: what a refused call must not do. */
  async fingerprint(): Promise<string> {
    const tables = [
      'rooms',
      'members',
      'messages',
      'accounts',
      'blocks',
      'sanctions',
      'cases',
      'reports',
      'personal_blocks',
      'slow_mode_sends',
      'appeals',
      'room_events',
      'account_events',
      'refresh_tokens',
    ];
    const parts = tables.map(
      (table) => `(SELECT count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM ${table})`,
    );
    // Rows of sessions are written by every use.
    const keys = `(SELECT count(*) || ' ' || count(revoked_at) FROM api_keys)`;
    const open = `(SELECT count(*) || ' ' || count(ended_at) FROM sessions)`;
    const [row] = await this.world.database.query<{ mark: string }>(
      `SELECT concat_ws(', ', ${[...parts, keys, open].join(', ')}) AS mark`,
    );
    return row!.mark;
  }

  /** The signed-in actors, peter and carol, who are members, and eve, who is nowhere, all listen. */
  async listen(): Promise<void> {
    for (const name of SIGNED_IN) this.sockets.set(name, await this.person(PLAYERS[name]!).socket());
    for (const name of ['peter', 'carol', 'eve']) this.sockets.set(name, await this.person(name).socket());
  }

  close(): Promise<void> {
    return this.world.close();
  }

  private async gather(): Promise<void> {
    for (const name of ['mallory', 'bob', 'frank', 'alice', 'carol', 'dave', 'peter', 'quinn', 'eve'])
      this.people.set(name, await this.world.person(name));
    this.people.set('mod', await this.world.person('mod', { role: 'moderator' }));
    this.people.set('root', await this.world.person('root', { role: 'superuser' }));
    const bob = this.person('bob');
    const left = await this.session(bob.id);
    await bob.http.delete(`/auth/sessions/${left.id}`);
    const tokens: Partial<Record<ActorName, string>> = { expired: expired(bob.token), ended: left.token };
    for (const name of ACTORS) {
      const player = PLAYERS[name];
      const token = player === undefined ? tokens[name] : this.person(player).token;
      this.actors.set(name, {
        id: this.person(player ?? 'bob').id,
        token,
        http: new HttpClient(this.world.origin, () => token),
      });
    }
  }

  private async makeRoom(relation: Exclude<RoomRelation, 'missing'>): Promise<number> {
    const [preset, host] = ROOMS[relation];
    const { http } = this.person(host);
    if (preset === 'direct') {
      const answer = await http.put(`/direct/${this.person(host === 'alice' ? 'bob' : 'dave').id}`);
      const { id } = answer.body as { id: number };
      await http.patch(`/rooms/${id}`, { deliveredMarks: true });
      return id;
    }
    const others = host === 'alice' ? ['bob', 'frank', 'peter'] : ['dave', 'peter'];
    const mark = markOf(relation);
    const made = await http.post('/rooms', {
      name: `room ${mark}`,
      topic: mark,
      preset,
      deliveredMarks: true,
      members: others.map((name) => this.person(name).id),
    });
    if (made.status !== 201) throw new Error(`no room ${relation}: ${made.text}`);
    const { id } = made.body as { id: number };
    if (host === 'alice') await this.person('root').http.delete(`/rooms/${id}/members/${this.person('frank').id}`);
    return id;
  }
}

/** Who plays which actor. */
const PLAYERS: Partial<Record<ActorName, string>> = {
  outside: 'mallory',
  member: 'bob',
  former: 'frank',
  owner: 'alice',
  moderator: 'mod',
  superuser: 'root',
};

const ROOMS: Record<Exclude<RoomRelation, 'missing'>, readonly [preset: string, host: string]> = {
  own: ['private', 'alice'],
  ownOpen: ['open', 'alice'],
  ownClosed: ['closed', 'alice'],
  ownRoster: ['roster', 'alice'],
  ownDirect: ['direct', 'alice'],
  private: ['private', 'carol'],
  open: ['open', 'carol'],
  closed: ['closed', 'carol'],
  roster: ['roster', 'carol'],
  direct: ['direct', 'carol'],
};

/** The same token, issued so long ago that it has expired. */
function expired(token: string): string {
  const [header, payload] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as { iat: number; exp: number };
  const past = { ...claims, iat: claims.iat - 7_200, exp: claims.exp - 7_200 };
  const unsigned = `${header}.${Buffer.from(JSON.stringify(past)).toString('base64url')}`;
  return `${unsigned}.${createHmac('sha256', SECRET).update(unsigned).digest('base64url')}`;
}
