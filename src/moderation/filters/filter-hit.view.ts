import type { FilterHit } from './compiled-filter.js';
import type { FilterHitView } from './filter.dto.js';

/** What filters found, as it stands with a case. */
export function detailOf(hits: readonly FilterHit[]): { hits: FilterHitView[] } {
  return { hits: hits.map(viewOfHit) };
}

export function viewOfHit({ filter: { id, name, action }, findings }: FilterHit): FilterHitView {
  return {
    filterId: id,
    name,
    action,
    findings: findings.map(({ entry, start, end }) => ({ entry, start, end })),
  };
}
