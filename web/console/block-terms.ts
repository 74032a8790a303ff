import { moment } from '../shared/i18n.js';
import { p } from './people-words.js';

export const MODES = ['mute', 'read_only', 'full'] as const;
export type Mode = (typeof MODES)[number];
export const DURATIONS = { '1h': 1, '24h': 24, '7d': 168, '30d': 720, ever: undefined } as const;
export type Duration = keyof typeof DURATIONS | 'custom';
export const PERIODS = ['none', '1h', '24h', '7d', 'all'] as const;
export type Period = (typeof PERIODS)[number];

export interface Terms {
  mode: Mode;
  scope: 'global' | number | undefined;
  duration: Duration;
  /** With `custom`: as a field for date and time has it. */
  until: string;
  deleteMessages: Period;
}

/** When a block of these terms would end; null for never, undefined where that is not yet said. */
export function endOf({ duration, until }: Pick<Terms, 'duration' | 'until'>): string | null | undefined {
  if (duration === 'custom') return Number.isNaN(Date.parse(until)) ? undefined : new Date(until).toISOString();
  const hours = DURATIONS[duration];
  return hours === undefined ? null : new Date(Date.now() + hours * 3_600_000).toISOString();
}

/** What a block of these terms will do to this person, as sentences. */
export function consequencesOf(terms: Terms, name: string, room: string): string[] {
  const { mode, scope, deleteMessages } = terms;
  const where = scope === 'global' ? p('everywhere') : p('in.room', { room });
  const lines = [p(scope === 'global' ? `then.${mode}` : `then.${mode}.room`, { name, where })];
  const end = endOf(terms);
  if (end !== undefined) lines.push(end === null ? p('then.ever') : p('then.until', { time: moment(end, 'full') }));
  if (deleteMessages !== 'none') lines.push(p(`then.delete.${deleteMessages}`, { where }));
  lines.push(p('then.told', { name }));
  return lines;
}
