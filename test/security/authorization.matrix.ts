import type { PlacedOperation } from '../../src/ops/openapi-document.js';
import { PROBLEMS, type ProblemView } from '../../src/platform/problems.js';
import type { Answer } from '../support/http.js';
import { connectSocket } from '../support/socket.js';
import { type Call, CALLS, type Cell } from './authorization.calls.js';
import { markOf, type Scene } from './authorization.scene.js';
import {
  type ActorName,
  ACTORS,
  expectedOf,
  isNobody,
  isRoom,
  ROOM_RELATIONS,
  type RoomRelation,
  type Row,
  ROWS,
} from './authorization.table.js';

/** Rows whose success makes a room another room than its relation says. */
const SPOILS = new Set([
  'deleteRoom',
  'joinRoom',
  'leaveRoom',
  'addMember:stranger',
  'removeMember:member',
  'removeMember:owner',
  'removeMember:self',
]);

/** Who comes and what is expected of them; by which headers, where not by their own tokens. */
export interface Door {
  actors: readonly ActorName[];
  expected(row: Row, relation: string, actor: ActorName): string;
  headersOf?(actor: number): Record<string, string>;
}

interface Result {
  outcome: string;
  text: string;
  complaints: string[];
}

/** Runs the cells of the table against the application and tells where the two differ. */
export class Matrix {
  cells = 0;

  constructor(
    private readonly scene: Scene,
    private readonly operations: ReadonlyMap<string, PlacedOperation>,
    private readonly door: Door = { actors: ACTORS, expected: expectedOf },
  ) {}

  /** Who must be refused comes first, all at once, and must leave everything as it was; who may, follows. */
  async surprisesIn(row: Row, relation: string): Promise<string[]> {
    const refused = this.door.actors.filter((actor) => this.door.expected(row, relation, actor) !== 'ok');
    const allowed = this.door.actors.filter((actor) => this.door.expected(row, relation, actor) === 'ok');
    const prepared = await Promise.all(refused.map((actor) => this.prepare(row, relation, actor)));
    const before = await this.scene.fingerprint();
    const surprises = (await Promise.all(prepared.map((one) => this.surprisesOf(row, one)))).flat();
    if ((await this.scene.fingerprint()) !== before)
      surprises.push(`${relation}: all were refused, but something changed`);
    const spoils = SPOILS.has(row.name) && isRoom(relation);
    const work = async (actor: ActorName) => this.surprisesOf(row, await this.prepare(row, relation, actor));
    if (!spoils) return [...surprises, ...(await Promise.all(allowed.map(work))).flat()];
    for (const actor of allowed) {
      surprises.push(...(await work(actor)));
      this.scene.spoil(relation);
    }
    return surprises;
  }

  private async prepare(row: Row, relation: string, actorName: ActorName): Promise<{ cell: Cell; call: Call }> {
    const cell = {
      scene: this.scene,
      actorName,
      actor: this.scene.actor(actorName).id,
      relation,
      roomId: isRoom(relation) ? await this.scene.room(relation) : 0,
    };
    return { cell, call: await CALLS[row.name]!(cell) };
  }

  private async surprisesOf(row: Row, { cell, call }: { cell: Cell; call: Call }): Promise<string[]> {
    this.cells++;
    const { actorName, relation } = cell;
    const expected = this.door.expected(row, relation, actorName);
    const { outcome, text, complaints } = await (this.operations.has(row.target)
      ? this.overHttp(row, cell, call)
      : this.overSocket(row, cell, call));
    const leak = leakIn(text, actorName);
    return [
      ...complaints,
      ...(outcome === expected ? [] : [`${outcome} instead of ${expected}`]),
      ...(leak === undefined ? [] : [`saw ${leak}`]),
    ].map((surprise) => `${actorName}, ${relation}: ${surprise}`);
  }

  private async overHttp(
    row: Row,
    { actorName, actor }: Cell,
    { params = {}, query, body, token }: Call,
  ): Promise<Result> {
    const { method, path } = this.operations.get(row.target)!;
    const address =
      path.replace(/\{(\w+)\}/g, (_, name: string) => String(params[name])) + (query === undefined ? '' : `?${query}`);
    const http = this.door.headersOf ? this.scene.world.http : this.scene.actor(actorName).http;
    const answer = await http.request(
      method.toUpperCase(),
      address,
      body,
      this.door.headersOf
        ? { headers: this.door.headersOf(actor) }
        : token === undefined
          ? {}
          : { headers: { authorization: `Bearer ${token}` } },
    );
    return {
      outcome: answer.status < 400 ? 'ok' : String((answer.body as ProblemView | null)?.code),
      text: answer.text,
      complaints: complaintsAbout(answer),
    };
  }

  private async overSocket(row: Row, { actorName }: Cell, { body }: Call): Promise<Result> {
    if (isNobody(actorName)) {
      const { token } = this.scene.actor(actorName);
      const refusal = await connectSocket(this.scene.world.origin, token === undefined ? {} : { token }).then(
        (socket) => (socket.close(), { message: 'ok', data: undefined }),
        (error: Error & { data?: unknown }) => error,
      );
      return { outcome: refusal.message, text: JSON.stringify(refusal.data ?? null), complaints: [] };
    }
    const ack = (await this.scene.sockets.get(actorName)!.send(row.target, body)) as {
      ok: boolean;
      problem?: ProblemView;
    };
    const problem = ack.problem;
    const complaints =
      problem && PROBLEMS[problem.code]?.[0] !== problem.status
        ? [`${problem.code} with status ${problem.status}`]
        : [];
    return { outcome: ack.ok ? 'ok' : String(problem?.code), text: JSON.stringify(ack), complaints };
  }
}

function complaintsAbout({ status, headers, body }: Answer): string[] {
  if (status < 400) return [];
  const complaints: string[] = [];
  const { code } = body as ProblemView;
  if (PROBLEMS[code]?.[0] !== status) complaints.push(`${code} with status ${status}`);
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    complaints.push(`a refusal as ${headers.get('content-type')}`);
  if (status === 401 && headers.get('www-authenticate') !== 'Bearer') complaints.push('401 without WWW-Authenticate');
  return complaints;
}

/** The room, hidden from the actor by the table, whose mark stands in the text. */
export function leakIn(text: string, actor: ActorName): RoomRelation | undefined {
  const seeing = ROWS.find((row) => row.name === 'getRoom')!;
  const isHidden = (relation: RoomRelation) => expectedOf(seeing, relation, actor) !== 'ok';
  return ROOM_RELATIONS.find((relation) => isHidden(relation) && text.includes(markOf(relation)));
}
