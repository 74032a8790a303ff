/**
 * Works imports off, some lines at a time, behind the answer and over restarts.
 *
 * Invariants, and what breaks without them:
 * - a step is one transaction that holds the import, does its lines and notes what became of them: whoever goes on after a crash neither
 *   repeats nor leaves out a line, and no line is counted twice;
 * - a line is done whole or not at all, and what is wrong with it is told of it alone: otherwise one bad line of a thousand would stop them all;
 * - key, scopes and the integrator's account are asked about at each step: a revoked key would go on for as long as its imports last.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { ExternalAccounts } from '../accounts/external-accounts.service.js';
import type { Scope } from '../accounts/takes-key.decorator.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Housekeeping } from '../platform/housekeeping.js';
import { Problem, viewOfProblem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import { MembersService } from '../rooms/members.service.js';
import type { RoomView } from '../rooms/room.dto.js';
import { RoomsService } from '../rooms/rooms.service.js';
import { type ImportKind, type ImportRow, lineProblemOf, type RoomLine } from './import.dto.js';
import { ImportRepository, type LineOutcome, type WaitingLine } from './import.repository.js';
import { KeyRepository } from './key.repository.js';

const PEOPLE_AT_ONCE = 50;
const LOOK_MS = 1_000;
const SCOPE_OF: Readonly<Record<ImportKind, Scope>> = { person: 'users', room: 'rooms' };

/** A line was refused by a rule that undid its transaction. */
class LineRefused extends Error {
  constructor(
    readonly importId: number,
    readonly line: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
  }
}

@Injectable()
export class ImportJobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('imports');
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly imports: ImportRepository,
    private readonly keys: KeyRepository,
    private readonly accounts: ExternalAccounts,
    private readonly rooms: RoomsService,
    private readonly members: MembersService,
    private readonly housekeeping: Housekeeping,
  ) {}

  onApplicationBootstrap(): void {
    this.housekeeping.add((...step) => this.imports.forgetDone(...step));
    this.timer = setInterval(() => this.workSoon(), LOOK_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.working;
  }

  /** Works until nothing is left that no other process works on. */
  workSoon(): void {
    if (this.stopped) return;
    this.working ??= this.work()
      .catch((error: unknown) =>
        this.logger.warn({ error: String(error) }, 'an import could not go on; it is tried again'),
      )
      .finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    while (!this.stopped && (await this.goOn()));
  }

  private async goOn(): Promise<boolean> {
    try {
      return await this.database.write((tx) => this.step(tx));
    } catch (error) {
      if (!(error instanceof LineRefused)) throw error;
      const { importId, line, problem } = error;
      await this.database.write((tx) => this.note(tx, importId, [refused(line, problem)]));
      return true;
    }
  }

  /** Some lines of one import; answers whether there was any. */
  private async step(tx: Tx): Promise<boolean> {
    const job = await this.imports.take(tx);
    if (!job) return false;
    const waiting = await this.imports.next(tx, job.id, PEOPLE_AT_ONCE);
    // A room waits for the people before it; people go together.
    const firstRoom = waiting.findIndex(({ kind }) => kind === 'room');
    const lines = firstRoom < 0 ? waiting : waiting.slice(0, Math.max(firstRoom, 1));
    await this.note(tx, job.id, lines.length === 0 ? [] : await this.outcomesOf(tx, job, lines));
    return true;
  }

  private async note(tx: Tx, importId: number, outcomes: readonly LineOutcome[]): Promise<void> {
    const { state, integratorId, keyId, created, updated, unchanged, refused } = await this.imports.note(
      tx,
      importId,
      outcomes,
    );
    if (state !== 'done' || outcomes.length === 0) return;
    const by = keyId === null ? 'operator' : { accountId: await this.keys.accountOf(tx, integratorId), keyId };
    const after = { importId, created, updated, unchanged, refused };
    await audit(tx, { by, action: 'import.finish', target: ['integrator', integratorId], after });
  }

  private async outcomesOf(tx: Tx, job: ImportRow, lines: readonly WaitingLine[]): Promise<LineOutcome[]> {
    const [first] = lines as [WaitingLine];
    let actor: Actor;
    try {
      actor = await this.actorOf(tx, job, SCOPE_OF[first.kind]);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return lines.map(({ line }) => refused(line, error));
    }
    if (first.kind === 'person') return await this.people(tx, job, lines);
    try {
      return [{ line: first.line, ...(await this.room(tx, job, actor, first.externalId, first.item)) }];
    } catch (error) {
      if (error instanceof Problem && error.status < 500) throw new LineRefused(job.id, first.line, error);
      throw error;
    }
  }

  /** The integrator's own account, where its key and it may do this; whoever runs the service brings no key. */
  private async actorOf(tx: Tx, { integratorId, keyId }: ImportRow, scope: Scope): Promise<Actor> {
    const accountId = await this.keys.accountOf(tx, integratorId);
    const actor = await this.accounts.actor(tx, { accountId });
    if (keyId === null) return actor;
    const key = await this.keys.find(tx, keyId);
    if (!key?.active) throw new Problem('auth/key-invalid');
    if (!key.scopes.includes(scope)) throw new Problem('key/scope-missing', { extra: { scope } });
    return { ...actor, keyId };
  }

  /** Known accounts by ascending id, as everybody takes their locks. */
  private async people(tx: Tx, { integratorId }: ImportRow, lines: readonly WaitingLine[]): Promise<LineOutcome[]> {
    const known = await this.accounts.idsOf(tx, integratorId, [...new Set(lines.map((line) => line.externalId))]);
    await tx.holdAuthors([], [...known.values()]);
    const place = ({ externalId }: WaitingLine) => known.get(externalId) ?? 0;
    const outcomes: LineOutcome[] = [];
    for (const one of lines.toSorted((a, b) => place(a) - place(b))) {
      const { profile = {} } = one.item as { profile?: object };
      const { accountId: id, created, changed } = await this.accounts.upsert(tx, integratorId, one.externalId, profile);
      outcomes.push({ line: one.line, id, status: created ? 'created' : changed ? 'updated' : 'unchanged' });
    }
    return outcomes;
  }

  private async room(
    tx: Tx,
    { integratorId }: ImportRow,
    actor: Actor,
    externalId: string,
    { members: people = [], preset = 'private', ...given }: RoomLine,
  ): Promise<Pick<LineOutcome, 'id' | 'status'>> {
    const members = await this.idsOf(tx, integratorId, people);
    // Whoever brings a room of this integrator in holds its account, and finds what another one has made.
    await tx.holdAuthors([actor.accountId, ...members]);
    // Before any room: what follows may change it and then add to it.
    await tx.holdStreams(members);
    const { kind: _kind, externalId: _externalId, ...properties } = given;
    const known = await this.imports.roomOf(tx, integratorId, externalId);
    if (known === undefined) {
      const { id } = await this.rooms.createIn(tx, actor, { ...properties, preset, members });
      await this.imports.keepRoom(tx, integratorId, externalId, id);
      return { id, status: 'created' };
    }
    const changes = differences(await this.rooms.viewFor(tx, actor, known), properties);
    if (Object.keys(changes).length > 0) await this.rooms.changeIn(tx, actor, known, changes);
    const added = await this.members.addAll(tx, actor, known, members);
    return { id: known, status: Object.keys(changes).length + added > 0 ? 'updated' : 'unchanged' };
  }

  private async idsOf(tx: Tx, integratorId: number, people: readonly string[]): Promise<number[]> {
    const known = await this.accounts.idsOf(tx, integratorId, people);
    const errors = people.flatMap((one, index) =>
      known.has(one) ? [] : [{ pointer: `#/members/${index}`, message: 'is nobody you have brought in' }],
    );
    if (errors.length > 0) throw new Problem('account/not-found', { errors });
    return [...new Set(known.values())];
  }
}

function refused(line: number, problem: Problem): LineOutcome {
  return { line, id: null, status: 'refused', problem: lineProblemOf(viewOfProblem(problem)) };
}

/** What is given and is another in the room. */
function differences<Given extends object>(room: RoomView, given: Given): Partial<Given> {
  const now = room as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== undefined && now[name] !== value),
  ) as Partial<Given>;
}
