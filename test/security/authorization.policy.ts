import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { ActorName, Outcome, RoomRelation, Row } from './authorization.table.js';

interface Model {
  ranks: Record<string, number>;
  presets: Record<string, { policy: Record<string, string> }>;
}

const { ranks, presets } = parse(readFileSync(join(__dirname, '../fixtures/policy_model.yaml'), 'utf8')) as Model;

const PRESETS: Record<RoomRelation, string | undefined> = {
  own: 'private',
  ownOpen: 'open',
  ownClosed: 'closed',
  ownRoster: 'roster',
  ownDirect: 'direct',
  private: 'private',
  open: 'open',
  closed: 'closed',
  roster: 'roster',
  direct: 'direct',
  missing: undefined,
};

/** What the policy model answers to a row's rule: reached or refused, and then how. */
export function verdictOf({ rule }: Row, relation: RoomRelation, actor: ActorName): 'reached' | Outcome {
  const [, action, condition] = /^(\w+)([+|]member)?$/.exec(rule!)!;
  const policy = presets[PRESETS[relation] ?? '']?.policy;
  const isMember = relation.startsWith('own') && (actor === 'member' || actor === 'owner');
  const rank =
    ranks[
      actor === 'moderator' || actor === 'superuser'
        ? actor
        : !isMember
          ? 'user'
          : relation === 'ownDirect'
            ? 'member'
            : actor
    ]!;
  if (!policy || rank < ranks[policy.see!]!) return 'room/not-found';
  const least = ranks[policy[action!]!]!;
  if (isMember && condition === '|member') return 'reached';
  if (rank >= least && (isMember || condition !== '+member')) return 'reached';
  return !isMember && ranks.member! >= least ? 'room/not-member' : 'room/forbidden';
}
