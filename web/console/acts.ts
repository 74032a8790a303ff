import type { CaseView, DecideCase } from '../../client/index.js';
import { c, said } from './words.js';

export type Act = DecideCase['action'];

/** The key of each decision. */
export const KEY_OF: Record<Act, string> = {
  dismiss: 'D',
  release: 'R',
  restore: 'R',
  discard: 'X',
  delete_message: 'X',
  warn: 'W',
  mute: 'M',
  block: 'B',
};

const DAY_MS = 86_400_000;

/** What may be decided about this case, the mildest first. */
export function actsOn({ target, account }: CaseView, superuser: boolean): Act[] {
  const held = target.type === 'held_message';
  return [
    ...(held ? (['release', 'discard'] as const) : (['dismiss'] as const)),
    ...(target.type === 'message' ? (['delete_message'] as const) : []),
    ...(target.type === 'message' && superuser ? (['restore'] as const) : []),
    ...(account ? (['warn', 'mute', 'block'] as const) : []),
  ];
}

/** The request of a decision by one key: a mute of a day, a block of seven days, both everywhere. */
export function requestOf(action: Act, reason: string): DecideCase {
  if (action === 'mute') return { action, reason, scope: 'global', expiresAt: inDays(1) };
  if (action === 'block') return { action, reason, scope: 'global', mode: 'full', expiresAt: inDays(7) };
  return { action, reason };
}

/** The reason that is proposed: what most reporters said. */
export function proposedReason({ reasons }: CaseView): string {
  const most = reasons.find(({ reason }) => reason !== 'filter') ?? reasons[0];
  return most ? said('reason', most.reason) : c('reason.other');
}

function inDays(days: number): string {
  return new Date(Date.now() + days * DAY_MS).toISOString();
}
