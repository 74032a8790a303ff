import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { CaseView } from '../../client/index.js';
import { client } from '../shared/session.js';
import { settle, settled, waiting } from './decisions.js';
import { type Pages, usePages } from './pages.js';

export interface QueueFilter {
  state: 'open' | 'decided';
  type: '' | CaseView['target']['type'];
  claimed: '' | 'mine' | 'others' | 'nobody';
  order: 'reports' | 'oldest';
}

export const filter = signal<QueueFilter>({ state: 'open', type: '', claimed: '', order: 'reports' });

const SETTLE_MS = 300;

export interface Queue {
  pages: Pages<CaseView>;
  /** Those that still wait for a decision, without those that wait to be undone. */
  cases: readonly CaseView[];
}

/** The queue as it is now: it follows what others report, claim and decide. */
export function useQueue(): Queue {
  const { state, type, claimed, order } = filter.value;
  const pages = usePages<CaseView>(JSON.stringify(filter.value), (cursor) =>
    client.call('listCases', {
      query: { state, order, ...(type && { type }), ...(claimed && { claimed }), ...(cursor && { cursor }), limit: 50 },
    }),
  );
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(pages.again, SETTLE_MS);
    };
    const off = [
      client.on('report.opened', soon),
      client.on('report.claimed', soon),
      client.on('report.decided', ({ caseId }) => {
        settle(caseId);
        soon();
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const one of off) one();
    };
  }, [JSON.stringify(filter.value)]);
  const hidden = new Set(waiting.value.map(({ about }) => about.id));
  const cases = (pages.items ?? []).filter(
    ({ id }) => !hidden.has(id) && (state === 'decided' || !settled.value.has(id)),
  );
  return { pages, cases };
}
