import { Injectable } from '@nestjs/common';
import type { Actor } from '../../accounts/actor.js';
import { audit } from '../../platform/audit.js';
import { Database } from '../../platform/database.js';
import { decodeCursor, isIdKey, pageOf, type PageRequest } from '../../platform/paging.dto.js';
import { Problem } from '../../platform/problems.js';
import type { Sql } from '../../platform/sql.js';
import type { Tx } from '../../platform/tx.js';
import { RANKS } from '../../rooms/policy.js';
import { RoomAccess } from '../../rooms/room.access.js';
import { HierarchyRules } from '../hierarchy.rules.js';
import { CompiledFilter, type FilterHit } from './compiled-filter.js';
import { entriesFor } from './entry.rules.js';
import { FilterSet, hitsOf } from './filter-set.js';
import {
  type ChangeFilter,
  type CreateFilter,
  type DryRun,
  type DryRunView,
  type FilterEntryPage,
  type FilterPage,
  type FilterRow,
  type FilterView,
  type TextVerdictView,
  type TriedFilter,
  viewOfFilter,
} from './filter.dto.js';
import { viewOfHit } from './filter-hit.view.js';
import { FilterRepository } from './filter.repository.js';

const MOST_FILTERS = 100;
/** Words and domains of one filter, and of all. */
const MOST_ENTRIES = 10_000;
const MOST_ENTRIES_IN_ALL = 50_000;
/** Patterns of all filters, and the places in them: each of them costs time with every character of every message. */
const MOST_PATTERNS = 50;
const MOST_PLACES = 1_024;

/** Keeps the filters. Changes come one after another, hold on this node before they are answered and on all others within a second. */
@Injectable()
export class FiltersService {
  constructor(
    private readonly database: Database,
    private readonly filters: FilterRepository,
    private readonly set: FilterSet,
    private readonly rooms: RoomAccess,
    private readonly hierarchy: HierarchyRules,
  ) {}

  async create(actor: Actor, { kind, entries, action, name, roomId = null, enabled = true }: CreateFilter) {
    const list = entriesFor(kind, entries, '#/entries');
    return await this.change(actor, async (tx, revision) => {
      if (roomId !== null) {
        const { rank } = await this.rooms.access(tx, actor, roomId, 'see');
        if (rank < RANKS.moderator) throw new Problem('room/forbidden');
      }
      const filter = { name, kind, action, roomId, enabled, createdBy: actor.accountId };
      const { filters } = await this.filters.totals(tx);
      if (filters >= MOST_FILTERS) throw tooMuch(`There are at most ${MOST_FILTERS} filters.`);
      const id = await this.filters.insert(tx, revision, filter);
      await this.filters.addEntries(tx, id, list);
      const row = (await this.filters.find(tx, id))!;
      await this.demandRoom(tx, row);
      const after = { ...stateOf(row), entries: list.map(({ entry }) => entry) };
      await audit(tx, { by: actor, action: 'filter.create', target: ['filter', id], after });
      return viewOfFilter(row);
    });
  }

  /** Changes what is given; entries are taken away before others are added. */
  async alter(actor: Actor, filterId: number, changes: ChangeFilter): Promise<FilterView> {
    return await this.change(actor, async (tx, revision) => {
      const before = await this.existing(tx, filterId);
      const fresh = entriesFor(before.kind, changes.addEntries ?? [], '#/addEntries');
      const removed = await this.filters.removeEntries(tx, filterId, changes.removeEntries ?? []);
      const added = await this.filters.addEntries(tx, filterId, fresh);
      const { name = before.name, action = before.action, enabled = before.enabled } = changes;
      await this.filters.change(tx, revision, { ...before, name, action, enabled });
      const row = (await this.filters.find(tx, filterId))!;
      // Less, or the same under another name, is never too much.
      if (added.length > 0) await this.demandRoom(tx, row);
      await audit(tx, {
        by: actor,
        action: 'filter.change',
        target: ['filter', filterId],
        before: { ...stateOf(before), ...(removed.length > 0 && { entries: removed }) },
        after: { ...stateOf(row), ...(added.length > 0 && { entries: added }) },
      });
      return viewOfFilter(row);
    });
  }

  /** Takes a filter out of use for good. What it held goes on waiting for a decision. */
  async delete(actor: Actor, filterId: number): Promise<void> {
    await this.change(actor, async (tx, revision) => {
      const row = await this.existing(tx, filterId);
      await this.filters.delete(tx, revision, filterId);
      await audit(tx, { by: actor, action: 'filter.delete', target: ['filter', filterId], before: stateOf(row) });
    });
  }

  async one(filterId: number): Promise<FilterView> {
    return viewOfFilter(await this.existing(this.database, filterId));
  }

  async list({ limit = 50, cursor }: PageRequest): Promise<FilterPage> {
    const rows = await this.filters.list(this.database, decodeCursor(cursor, isIdKey), limit + 1);
    return pageOf(rows.map(viewOfFilter), limit, (filter) => filter.id);
  }

  async entries(filterId: number, { limit = 50, cursor }: PageRequest): Promise<FilterEntryPage> {
    await this.existing(this.database, filterId);
    const rows = await this.filters.entries(this.database, filterId, decodeCursor(cursor, isIdKey), limit + 1);
    return pageOf(
      rows.map(({ id, entry }) => ({ id, entry })),
      limit,
      (entry) => entry.id,
    );
  }

  /** What would become of these texts; nothing is kept. */
  async dryRun(actor: Actor, { texts, roomId, filter }: DryRun): Promise<DryRunView> {
    if (roomId !== undefined) await this.rooms.access(this.database, actor, roomId, 'see');
    const tried = filter && [triedOf(filter)];
    if (!tried) await this.set.catchUp();
    const items: TextVerdictView[] = [];
    for (const text of texts) {
      items.push(viewOfHits(tried ? hitsOf(tried, text) : this.set.hitsIn(text, roomId)));
      // A hundred long texts are no reason to keep everybody else waiting.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { items };
  }

  private async change<T>(actor: Actor, work: (tx: Tx, revision: number) => Promise<T>): Promise<T> {
    const result = await this.database.write(async (tx) => {
      await this.hierarchy.holdModerator(tx, actor);
      return await work(tx, await this.filters.nextRevision(tx));
    });
    await this.set.catchUp();
    return result;
  }

  private async existing(sql: Sql, filterId: number): Promise<FilterRow> {
    const row = await this.filters.find(sql, filterId);
    if (!row) throw new Problem('filter/not-found');
    return row;
  }

  /** Refuses what would make the filters too many or too slow; the caller has taken the next revision, so that nobody else adds to them. */
  private async demandRoom(tx: Tx, { kind, entryCount }: FilterRow): Promise<void> {
    const { entries, patterns, places } = await this.filters.totals(tx);
    if (kind === 'regex') demandSpeed(patterns, places);
    else if (entryCount > MOST_ENTRIES) throw tooMuch(`A filter has at most ${MOST_ENTRIES} entries.`);
    else if (entries > MOST_ENTRIES_IN_ALL)
      throw tooMuch(`All filters together have at most ${MOST_ENTRIES_IN_ALL} words and domains.`);
  }
}

function demandSpeed(patterns: number, places: number): void {
  if (patterns > MOST_PATTERNS) throw tooMuch(`All filters together have at most ${MOST_PATTERNS} patterns.`);
  if (places > MOST_PLACES)
    throw tooMuch(
      `All patterns together have at most ${MOST_PLACES} places for a character, their repetitions written out.`,
    );
}

function tooMuch(detail: string): Problem {
  return new Problem('filter/too-many', { detail });
}

function triedOf({ kind, action, entries }: TriedFilter): CompiledFilter {
  const list = entriesFor(kind, entries, '#/filter/entries');
  if (kind === 'regex')
    demandSpeed(
      list.length,
      list.reduce((sum, { places }) => sum + places, 0),
    );
  return new CompiledFilter(
    { id: null, name: null, kind, action, roomId: null },
    list.map(({ entry }) => entry),
  );
}

function stateOf({ name, kind, action, roomId, enabled, entryCount }: FilterRow): object {
  return { name, kind, action, roomId, enabled, entryCount };
}

function viewOfHits(hits: readonly FilterHit[]): TextVerdictView {
  return {
    verdict: hits[0]?.filter.action ?? 'pass',
    hits: hits.map(viewOfHit),
  };
}
