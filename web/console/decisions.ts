/**
 * Decisions that may still be undone. A decision cannot be taken back once the service has it, because reporters and the person are told at
 * once; so it waits here for ten seconds.
 *
 * Invariant: a decision that was not undone is sent, also when the page is left earlier. Else a moderator believes somebody blocked who is not.
 */
import { signal } from '@preact/signals';
import { BesedkaProblem, type CaseView, type DecideCase } from '../../client/index.js';
import { client } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { c, said } from './words.js';

const UNDO_MS = 10_000;

export interface Waiting {
  about: CaseView;
  request: DecideCase;
}

export const waiting = signal<readonly Waiting[]>([]);
/** Cases that were decided while this page was open, here or elsewhere. */
export const settled = signal<ReadonlySet<number>>(new Set());
const timers = new Map<number, ReturnType<typeof setTimeout>>();

/** Decides in ten seconds, unless it is undone; others are told meanwhile that the case is dealt with. */
export function decideSoon(about: CaseView, request: DecideCase): void {
  if (timers.has(about.id)) return;
  waiting.value = [...waiting.value, { about, request }];
  timers.set(
    about.id,
    setTimeout(() => void decideNow(about.id), UNDO_MS),
  );
  if (!about.claim) client.call('claimCase', { path: { caseId: about.id }, body: {} }).catch(() => undefined);
}

/** Takes back the latest decision that waits; answers its case. */
export function undoLatest(): number | undefined {
  const latest = waiting.value.at(-1);
  if (!latest) return undefined;
  const { about } = latest;
  drop(about.id);
  if (!about.claim) client.call('releaseCase', { path: { caseId: about.id } }).catch(() => undefined);
  tell(c('undone', { id: about.id }));
  return about.id;
}

export async function decideNow(caseId: number): Promise<void> {
  const one = waiting.value.find(({ about }) => about.id === caseId);
  if (!one || !timers.has(caseId)) return;
  clearTimeout(timers.get(caseId));
  timers.delete(caseId);
  try {
    await client.call('decideCase', { path: { caseId }, body: one.request });
    settle(caseId);
    tell(c('decided', { id: caseId }));
  } catch (error) {
    if (error instanceof BesedkaProblem && error.code === 'report/decided') {
      settle(caseId);
      tell(whoWasFirst(error), true);
    } else complain(error);
  }
  drop(caseId);
}

export function settle(caseId: number): void {
  settled.value = new Set(settled.value).add(caseId);
}

function drop(caseId: number): void {
  clearTimeout(timers.get(caseId));
  timers.delete(caseId);
  waiting.value = waiting.value.filter(({ about }) => about.id !== caseId);
}

function whoWasFirst({ problem }: BesedkaProblem): string {
  const { decidedBy, decision = '' } = problem;
  return c('case.gone', { name: decidedBy?.username ?? '?', action: said('decide', decision) });
}

window.addEventListener('beforeunload', (event) => {
  if (timers.size === 0) return;
  for (const { about } of waiting.value) void decideNow(about.id);
  event.preventDefault();
});
