/**
 * The filters in use, ready in the memory of this node.
 *
 * Invariants, and what breaks without them:
 * - a node that has not read the filters yet lets no message pass: else a restart would be a way around them;
 * - the number of the latest change is read before the filters are: what is changed meanwhile is read again, never missed;
 * - each node looks for changes twice a second by itself: nobody has to reach it for a filter to hold everywhere within one.
 */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database.js';
import { CompiledFilter, type FilterHit, TextToScreen } from './compiled-filter.js';
import { FILTER_ACTIONS } from './filter.dto.js';
import { FilterRepository } from './filter.repository.js';

const LOOK_MS = 500;

interface Kept {
  readonly revision: number;
  readonly filter: CompiledFilter;
}

@Injectable()
export class FilterSet implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('filters');
  private kept = new Map<number, Kept>();
  private everywhere: readonly CompiledFilter[] = [];
  private inRooms = new Map<number, readonly CompiledFilter[]>();
  private revision = -1;
  private reading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly filters: FilterRepository,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.lookSoon();
    this.timer = setInterval(() => void this.lookSoon(), LOOK_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reading?.catch(() => undefined);
  }

  /** Whether the filters were read since this node began. */
  get isReady(): boolean {
    return this.revision >= 0;
  }

  /** What the filters of all rooms and of this one find in a text, the strictest first. */
  hitsIn(text: string, roomId: number | undefined): FilterHit[] {
    const local = roomId === undefined ? undefined : this.inRooms.get(roomId);
    if (this.everywhere.length === 0 && !local) return [];
    return hitsOf(local ? [...this.everywhere, ...local] : this.everywhere, text);
  }

  /** Resolves when every change that was committed before the call holds on this node. */
  async catchUp(): Promise<void> {
    // A look under way may have begun before that commit.
    await this.reading?.catch(() => undefined);
    await this.look();
  }

  private async lookSoon(): Promise<void> {
    await this.look().catch((error: unknown) => this.logger.warn({ error: String(error) }, 'filters cannot be read'));
  }

  private look(): Promise<void> {
    return (this.reading ??= this.read().finally(() => (this.reading = undefined)));
  }

  private async read(): Promise<void> {
    const revision = await this.filters.revision(this.database);
    if (revision === this.revision) return;
    const kept = new Map<number, Kept>();
    for (const { id, revision: changed, ...terms } of await this.filters.inUse(this.database)) {
      const known = this.kept.get(id);
      if (known?.revision === changed) kept.set(id, known);
      else {
        const entries = await this.filters.entriesOf(this.database, id);
        kept.set(id, { revision: changed, filter: new CompiledFilter({ id, ...terms }, entries) });
      }
    }
    this.use(kept);
    this.revision = revision;
  }

  private use(kept: Map<number, Kept>): void {
    const inRooms = new Map<number, CompiledFilter[]>();
    const everywhere: CompiledFilter[] = [];
    for (const { filter } of kept.values()) {
      const { roomId } = filter.terms;
      if (roomId === null) everywhere.push(filter);
      else inRooms.set(roomId, [...(inRooms.get(roomId) ?? []), filter]);
    }
    [this.kept, this.everywhere, this.inRooms] = [kept, everywhere, inRooms];
  }
}

/** What these filters find in a text, the strictest first. */
export function hitsOf(filters: readonly CompiledFilter[], text: string): FilterHit[] {
  const toScreen = new TextToScreen(text);
  return filters
    .flatMap((filter) => filter.hitIn(toScreen) ?? [])
    .sort((one, other) => strictness(other) - strictness(one));
}

const strictness = ({ filter }: FilterHit): number => FILTER_ACTIONS.indexOf(filter.action);
