/**
 * Where all nodes together keep who is here: one hash an account in Redis, with a field for each node that has him, which expires.
 *
 * Invariants, and what breaks without them:
 * - "offline" is said only while every node that the database knows to live has reported everybody it has: a Redis that was emptied, a node
 *   that is cut off from it or has none would make people offline who are here;
 * - a node's mark expires before what it reported: else that is missed before anybody knows that it is missing;
 * - times are those of Redis alone: clocks of nodes differ;
 * - without Redis a node knows only what it has itself, and says so unless it is alone.
 */
import { Injectable } from '@nestjs/common';
import { ClusterIdentity } from '../platform/cluster-identity.js';
import { Database } from '../platform/database.js';
import { DEAD_AFTER_SECONDS, ThisNode } from '../platform/node.js';
import { RedisLink } from '../platform/redis.js';
import { PresenceRepository } from './presence.repository.js';

/** What somebody is, as his sockets say. */
export type Here = 'online' | 'away';
/** What somebody is, as far as it is known. */
export type PresenceState = Here | 'offline' | 'unknown';

/** Whoever closes his last socket is still here for so long. */
export const GRACE_MS = 20_000;
const MARK_MS = 15_000;
const AT_ONCE = 500;
const NODES_KNOWN_MS = 1_000;

const NOW = `local time = redis.call('TIME') local now = time[1] * 1000 + math.floor(time[2] / 1000)`;
/** KEYS: accounts. ARGV: this node, milliseconds, then the state of each, empty for gone. */
const REPORT = `${NOW}
for i, key in ipairs(KEYS) do
  if ARGV[i + 2] == '' then redis.call('HDEL', key, ARGV[1]) else
    redis.call('HSET', key, ARGV[1], ARGV[i + 2] .. ' ' .. (now + ARGV[2]))
    redis.call('PEXPIRE', key, ARGV[2])
  end
end`;
/** KEYS: the nodes. ARGV: this node, milliseconds. */
const MARK = `${NOW} redis.call('HSET', KEYS[1], ARGV[1], now + ARGV[2]) redis.call('PEXPIRE', KEYS[1], ARGV[2])`;
/** KEYS: the nodes, accounts. ARGV: the nodes that must have a mark. Answers whether all have, and the state of each account or nothing. */
const READ = `${NOW}
local all = 1
for i, node in ipairs(ARGV) do if tonumber(redis.call('HGET', KEYS[1], node) or '0') <= now then all = 0 end end
local answer = { all }
for i = 2, #KEYS do
  local best = ''
  for _, value in ipairs(redis.call('HVALS', KEYS[i])) do
    local state, till = string.match(value, '^(%a+) (%d+)$')
    if tonumber(till) > now and best ~= 'online' then best = state end
  end
  answer[i] = best
end
return answer`;

@Injectable()
export class PresenceBoard {
  private name: string | undefined;
  private nodes: { at: number; ids: readonly string[] } = { at: -Infinity, ids: [] };

  constructor(
    private readonly redis: RedisLink,
    private readonly cluster: ClusterIdentity,
    private readonly node: ThisNode,
    private readonly database: Database,
    private readonly presences: PresenceRepository,
  ) {}

  /** Whether the nodes have a board in common. */
  get shared(): boolean {
    return this.redis.commands !== undefined;
  }

  /** Reports what these accounts are at this node, undefined for gone; rejects when the board cannot be reached. */
  async report(states: ReadonlyMap<number, Here | undefined>): Promise<void> {
    const name = await this.ownName();
    for (const some of inParts([...states])) {
      const keys = some.map(([accountId]) => this.keyOf(name, accountId));
      const values = some.map(([, state]) => state ?? '');
      await this.redis.inTime((redis) => redis.eval(REPORT, keys.length, ...keys, this.node.id, GRACE_MS, ...values));
    }
  }

  /** Says that this node has reported everybody it has. */
  async mark(): Promise<void> {
    const key = this.nodesKey(await this.ownName());
    await this.redis.inTime((redis) => redis.eval(MARK, 1, key, this.node.id, MARK_MS));
  }

  /** What these accounts are; `own` says what they are at this node. Never rejects: what cannot be known is unknown. */
  async states(
    accountIds: readonly number[],
    own: (accountId: number) => Here | undefined,
  ): Promise<Map<number, PresenceState>> {
    try {
      return this.shared ? await this.read(accountIds) : await this.readOwn(accountIds, own);
    } catch {
      return new Map(accountIds.map((id) => [id, 'unknown']));
    }
  }

  private async read(accountIds: readonly number[]): Promise<Map<number, PresenceState>> {
    const name = await this.ownName();
    const living = await this.living(DEAD_AFTER_SECONDS);
    const states = new Map<number, PresenceState>();
    for (const some of inParts(accountIds)) {
      const keys = [this.nodesKey(name), ...some.map((id) => this.keyOf(name, id))];
      const [all, ...found] = (await this.redis.inTime((redis) =>
        redis.eval(READ, keys.length, ...keys, ...living),
      )) as [number, ...string[]];
      for (const [place, id] of some.entries()) states.set(id, known(found[place]!) ?? (all ? 'offline' : 'unknown'));
    }
    return states;
  }

  private async readOwn(
    accountIds: readonly number[],
    own: (accountId: number) => Here | undefined,
  ): Promise<Map<number, PresenceState>> {
    const others = (await this.living(DEAD_AFTER_SECONDS + GRACE_MS / 1_000)).filter((id) => id !== this.node.id);
    const alone = others.length === 0;
    return new Map(
      accountIds.map((id) => {
        const state = own(id);
        return [id, state === 'online' || alone ? (state ?? 'offline') : 'unknown'];
      }),
    );
  }

  private async living(withinSeconds: number): Promise<readonly string[]> {
    if (performance.now() - this.nodes.at < NODES_KNOWN_MS) return this.nodes.ids;
    const at = performance.now();
    this.nodes = { at, ids: await this.presences.nodesSeen(this.database, withinSeconds) };
    return this.nodes.ids;
  }

  private async ownName(): Promise<string> {
    if (this.name !== undefined) return this.name;
    const identity = await this.cluster.known();
    if (!identity) throw new Error('this node is being shut down');
    return (this.name = this.redis.key(`presence:${identity.name}`));
  }

  private keyOf(name: string, accountId: number): string {
    return `${name}:${accountId}`;
  }

  private nodesKey(name: string): string {
    return `${name}:nodes`;
  }
}

function known(state: string): Here | undefined {
  return state === 'online' || state === 'away' ? state : undefined;
}

function* inParts<T>(all: readonly T[]): Iterable<T[]> {
  for (let from = 0; from < all.length; from += AT_ONCE) yield all.slice(from, from + AT_ONCE);
}
