import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SingleBar } from 'cli-progress';
import { type Command, InvalidArgumentError } from 'commander';
import type { ImportLineView, ImportView } from '../../integrations/import.dto.js';
import type { ImportsService } from '../../integrations/imports.service.js';
import { parseId } from '../../platform/id.pipe.js';
import { parseJson } from '../../platform/json-body.js';
import { Problem } from '../../platform/problems.js';
import { CommandMistaken } from './failures.js';
import type { Report } from './report.js';
import { withServices } from './service-context.js';

const MOST_LINES = 1_000;
const LOOK_MS = 100;
const MOST_SHOWN = 20;
const PAGE = 200;

/** A line of the file with its number there. */
interface FileLine {
  number: number;
  item: object;
}

interface Outcome {
  total: number;
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  refusals: (Omit<ImportLineView, 'id' | 'status'> & { line: number })[];
}

/** `besedka integrators …`: what the operator does for servers that bring people of their own. */
export function integratorsCommand(program: Command, report: Report): void {
  program
    .command('integrators')
    .description('servers that hold API keys')
    .command('import <file>')
    .description(
      'bring people and rooms of an integrator in, from a file with one JSON object a line; to go on after an interruption, give the same file again',
    )
    .requiredOption(
      '--integrator <id>',
      'whose people they are: `besedka key create` names it, and `besedka key list --json`',
      anId,
    )
    .action(async (file: string, { integrator }: { integrator: number }) => {
      const lines = await linesOf(file);
      const outcome = await withServices(report, async (app) => {
        const services = await import('../../integrations/imports.service.js');
        return bringIn(app.get(services.ImportsService), integrator, lines, report);
      });
      report.result(outcome, () => textOf(outcome, report));
      if (outcome.refused > 0) process.exitCode = 1;
    });
}

/** Reads the whole file before anything is written: what is no list of lines brings nothing in. */
async function linesOf(file: string): Promise<FileLine[]> {
  const lines: FileLine[] = [];
  let number = 0;
  const input = createReadStream(file);
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      number++;
      if (text.trim() !== '') lines.push({ number, item: parseJson(Buffer.from(text)) as object });
    }
  } catch (error) {
    const reason = error instanceof Problem ? error.message : (error as Error).message;
    throw new CommandMistaken('import/unreadable', number === 0 ? reason : `Line ${number}: ${reason}.`);
  } finally {
    input.destroy();
  }
  if (lines.length === 0) throw new CommandMistaken('import/empty', 'The file has no lines.');
  return lines;
}

async function bringIn(
  imports: ImportsService,
  integrator: number,
  lines: readonly FileLine[],
  report: Report,
): Promise<Outcome> {
  const outcome: Outcome = { total: lines.length, created: 0, updated: 0, unchanged: 0, refused: 0, refusals: [] };
  const bar = new SingleBar({
    stream: process.stderr,
    format: '{bar} {value}/{total} lines, {eta_formatted} left',
    hideCursor: true,
  });
  if (!report.json) bar.start(lines.length, 0);
  try {
    for (let first = 0; first < lines.length; first += MOST_LINES) {
      const some = lines.slice(first, first + MOST_LINES);
      const { id } = await begin(imports, integrator, some);
      const done = await ended(imports, integrator, id, (count) => bar.update(first + count));
      for (const count of ['created', 'updated', 'unchanged', 'refused'] as const) outcome[count] += done[count];
      for (const { line, kind, externalId, problem } of await refusedOf(imports, integrator, id))
        outcome.refusals.push({ line: some[line - 1]!.number, kind, externalId, problem });
    }
  } finally {
    bar.stop();
  }
  return outcome;
}

/** Names mistakes by the line of the file. */
async function begin(imports: ImportsService, integrator: number, some: readonly FileLine[]): Promise<ImportView> {
  try {
    return await imports.beginFor(
      integrator,
      some.map(({ item }) => item),
    );
  } catch (error) {
    const [first] = error instanceof Problem ? (error.facts.errors ?? []) : [];
    const [, index, field = ''] = /^#\/items\/(\d+)(?:\/(.*))?$/.exec(first?.pointer ?? '') ?? [];
    if (index === undefined) throw error;
    const where = `Line ${some[Number(index)]!.number}`;
    throw new CommandMistaken('request/invalid', `${where}: ${`${field} ${first!.message}`.trim()}.`);
  }
}

/** A service that runs beside this command may do part of the work, so only the database knows how far it is. */
async function ended(
  imports: ImportsService,
  integrator: number,
  importId: number,
  tell: (done: number) => void,
): Promise<ImportView> {
  for (;;) {
    const view = await imports.oneFor(integrator, importId);
    tell(view.done);
    if (view.state === 'done') return view;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function refusedOf(imports: ImportsService, integrator: number, importId: number): Promise<ImportLineView[]> {
  const refused: ImportLineView[] = [];
  for (let cursor: string | undefined, more = true; more;) {
    const page = await imports.linesFor(integrator, importId, { status: 'refused', limit: PAGE, cursor });
    refused.push(...page.items);
    cursor = page.next ?? undefined;
    more = page.hasMore;
  }
  return refused;
}

function textOf({ total, created, updated, unchanged, refused, refusals }: Outcome, report: Report): string {
  const counts = `${total} lines: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused.`;
  if (refused === 0) return counts;
  const rows = refusals
    .slice(0, MOST_SHOWN)
    .map(({ line, externalId, problem }) => [
      String(line),
      externalId,
      problem!.code,
      problem!.errors?.map(({ pointer, message }) => `${pointer.slice(2)} ${message}`).join('; ') ?? problem!.title,
    ]);
  const rest = refused > MOST_SHOWN ? `\n… and ${refused - MOST_SHOWN} more; --json tells all of them.` : '';
  return `${counts}\n\n${report.table(['line', 'id', 'problem', 'what is wrong'], rows)}${rest}`;
}

function anId(text: string): number {
  const id = parseId(text);
  if (id === undefined) throw new InvalidArgumentError('It must be an id.');
  return id;
}
