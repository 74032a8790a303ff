import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { audit, type Doer } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { decodeCursor, isIdKey, type Page, pageOf } from '../platform/paging.dto.js';
import { Problem, viewOfProblem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import { requestValidation } from '../platform/validation.pipe.js';
import {
  IMPORT_KINDS,
  type ImportKind,
  type ImportLinesRequest,
  type ImportLineView,
  type ImportRow,
  type ImportView,
  lineProblemOf,
  PersonLine,
  RoomLine,
  viewOfImport,
} from './import.dto.js';
import { ImportJobs } from './import-jobs.service.js';
import { ImportRepository, type NewLine } from './import.repository.js';
import { Integrators, MOST_EXTERNAL_ID } from './integrators.service.js';
import { KeyRepository } from './key.repository.js';

const MOST_OPEN = 20;
const MOST_ERRORS = 10;
const MODELS = { person: PersonLine, room: RoomLine } as const satisfies Record<ImportKind, unknown>;

/** People and rooms of integrators, many at once: taken in here, worked off by `ImportJobs`. */
@Injectable()
export class ImportsService {
  private readonly validation = requestValidation();

  constructor(
    private readonly database: Database,
    private readonly integrators: Integrators,
    private readonly keys: KeyRepository,
    private readonly imports: ImportRepository,
    private readonly jobs: ImportJobs,
  ) {}

  /** Takes an import in; it is worked off after the answer. Lines with mistakes are refused at once, and the others are not. */
  async begin(actor: Actor, items: readonly object[]): Promise<ImportView> {
    const { id, keyId } = await this.integrators.itself(actor);
    return viewOfImport(await this.take(id, keyId, actor, items));
  }

  /** As `begin`, for whoever runs the service and has the integrator's lines in a file. */
  async beginFor(integratorId: number, items: readonly object[]): Promise<ImportView> {
    if (!(await this.keys.integrator(this.database, integratorId))) throw new Problem('integrator/not-found');
    return viewOfImport(await this.take(integratorId, null, 'operator', items));
  }

  async one(actor: Actor, importId: number): Promise<ImportView> {
    return viewOfImport(await this.found((await this.integrators.itself(actor)).id, importId));
  }

  /** As `one`, for whoever runs the service. */
  async oneFor(integratorId: number, importId: number): Promise<ImportView> {
    return viewOfImport(await this.found(integratorId, importId));
  }

  /** What became of its lines, in their order. */
  async lines(actor: Actor, importId: number, request: ImportLinesRequest): Promise<Page<ImportLineView>> {
    return await this.linesFor((await this.integrators.itself(actor)).id, importId, request);
  }

  /** As `lines`, for whoever runs the service. */
  async linesFor(
    integratorId: number,
    importId: number,
    { status, limit = 50, cursor }: ImportLinesRequest,
  ): Promise<Page<ImportLineView>> {
    await this.found(integratorId, importId);
    const after = decodeCursor(cursor, isIdKey) ?? 0;
    const found = await this.imports.lines(this.database, importId, status, Math.min(after, 2 ** 31 - 1), limit + 1);
    return pageOf(found, limit, ({ line }) => line);
  }

  private async found(integratorId: number, importId: number): Promise<ImportRow> {
    const row = await this.imports.find(this.database, integratorId, importId);
    if (!row) throw new Problem('import/not-found');
    return row;
  }

  private async take(
    integratorId: number,
    keyId: number | null,
    by: Doer,
    items: readonly object[],
  ): Promise<ImportRow> {
    demandNames(items);
    const lines = await Promise.all(items.map((item) => this.lineOf(item)));
    const row = await this.database.write(async (tx) => {
      const importId = await this.imports.insert(tx, integratorId, keyId, lines.length, MOST_OPEN);
      if (importId === undefined) throw new Problem('import/too-many', { retryAfter: 5 });
      await this.imports.insertLines(tx, importId, lines);
      const kept = await this.imports.note(tx, importId, []);
      const after = { importId, lines: lines.length };
      await audit(tx, { by, action: 'import.create', target: ['integrator', integratorId], after });
      return kept;
    });
    this.jobs.workSoon();
    return row;
  }

  private async lineOf({ kind, externalId, ...rest }: Named): Promise<NewLine> {
    try {
      const value = { kind, externalId, ...rest };
      const item = (await this.validation.transform(value, { type: 'body', metatype: MODELS[kind] })) as object;
      return { kind, externalId, item, problem: null };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { kind, externalId, item: null, problem: lineProblemOf(viewOfProblem(error)) };
    }
  }
}

interface Named {
  kind: ImportKind;
  externalId: string;
}

/** A line that does not say what it is about cannot be answered for: then nothing is taken in. */
function demandNames(items: readonly object[]): asserts items is Named[] {
  const errors = items.flatMap((item, index) => mistakesIn(item, `#/items/${index}`)).slice(0, MOST_ERRORS);
  if (errors.length > 0) throw new Problem('request/invalid', { errors });
}

function mistakesIn(item: unknown, pointer: string): { pointer: string; message: string }[] {
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    return [{ pointer, message: 'must be an object' }];
  const { kind, externalId } = item as Partial<Record<keyof Named, unknown>>;
  const mistake = mistakeIn(externalId, { least: 1, most: MOST_EXTERNAL_ID });
  return [
    ...(IMPORT_KINDS.includes(kind as ImportKind)
      ? []
      : [{ pointer: `${pointer}/kind`, message: `must be one of ${IMPORT_KINDS.join(', ')}` }]),
    ...(mistake === undefined ? [] : [{ pointer: `${pointer}/externalId`, message: mistake }]),
  ];
}
