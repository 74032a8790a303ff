import { hash } from '@node-rs/argon2';
import type { Client } from 'pg';
import { PRESET_POLICIES, RANKS, ROOM_ACTIONS, type Preset } from '../src/rooms/policy.js';

export interface Person {
  id: number;
  username: string;
}

export const password = 'a long enough bench password';

/** Puts accounts, rooms and messages straight into the database: registration is limited and slow on purpose. */
export class Seeder {
  constructor(private readonly client: Client) {}

  async people(count: number): Promise<Person[]> {
    const passwordHash = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    const { rows } = await this.client.query<Person>(
      `INSERT INTO accounts (username, username_key, password_hash)
       SELECT 'person' || n, 'person' || n, $2 FROM generate_series(1, $1::integer) n RETURNING id, username`,
      [count, passwordHash],
    );
    return rows.map(({ id, username }) => ({ id: Number(id), username }));
  }

  /** The first person owns the room; without `joined` he owns it but nobody is a member. */
  async room(name: string, preset: Preset, people: readonly Person[], joined = true): Promise<number> {
    const columns = ROOM_ACTIONS.map((action) => `can_${action}`);
    const ranks = ROOM_ACTIONS.map((action) => RANKS[PRESET_POLICIES[preset][action]]);
    const members = joined ? people.map(({ id }) => id) : [];
    const { rows } = await this.client.query<{ id: string }>(
      `INSERT INTO rooms (kind, preset, name, name_key, owner_id, member_count, ${columns.join(', ')})
       VALUES ('group', $1, $2, $3, $4, $5, ${ranks.join(', ')}) RETURNING id`,
      [preset, name, preset === 'open' ? name : null, people[0]?.id, members.length],
    );
    const roomId = Number(rows[0]?.id);
    await this.client.query('INSERT INTO members (room_id, account_id) SELECT $1, unnest($2::bigint[])', [
      roomId,
      members,
    ]);
    return roomId;
  }

  /** Fills an empty room with messages of its people in turn. */
  async messages(roomId: number, people: readonly Person[], count: number): Promise<void> {
    await this.client.query(
      `INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
       SELECT $1::bigint, n, ($2::bigint[])[1 + n % cardinality($2::bigint[])], 'seed-' || $1 || '-' || n, '\\x00', 'Message ' || n || ' of a seeded room, привет'
       FROM generate_series(1, $3::integer) n`,
      [roomId, people.map(({ id }) => id), count],
    );
    await this.client.query('UPDATE rooms SET last_seq = $2, message_count = $2 WHERE id = $1', [roomId, count]);
  }
}
