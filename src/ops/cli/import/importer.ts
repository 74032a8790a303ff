import type { INestApplicationContext } from '@nestjs/common';
import { CommandMistaken } from '../failures.js';
import type { Blueprint } from './blueprint.js';
import type { ImportSettings } from './import-settings.js';
import { MessagesImport } from './messages.import.js';
import { PeopleImport } from './people.import.js';
import { RoomsImport } from './rooms.import.js';
import type { Source, Table } from './source.js';
import { Tally } from './tally.js';

/** By the ids of the other server. */
export interface ImportedIds {
  accounts: Record<string, number>;
  rooms: Record<string, number>;
}

export interface Progress {
  begin(total: number): void;
  done(rows: number): void;
  end(): void;
}

export interface ImportResult {
  tally: Tally;
  ids: ImportedIds;
  messageSeconds: number;
}

/**
 * Brings over what another server keeps: people, rooms, messages, and last who is in the rooms. Each step is a series of transactions that
 * leave what is done remembered, so that a run which was cut off is continued by the next.
 */
export async function importEverything(
  app: INestApplicationContext,
  blueprint: Blueprint,
  source: Source,
  settings: ImportSettings,
  progress: Progress,
): Promise<ImportResult> {
  const tables = tablesOf(blueprint);
  const tally = new Tally();
  const people = new PeopleImport(app, blueprint, source, settings, tally);
  const rooms = new RoomsImport(app, blueprint, source, settings, people, tally);
  const messages = new MessagesImport(app, blueprint, source, settings, people, rooms, tally);
  await people.recognize();
  let total = 0;
  for (const table of tables) total += await source.count(table);
  progress.begin(total);
  await people.run((rows) => progress.done(rows));
  await rooms.run((rows) => progress.done(rows));
  const began = performance.now();
  await messages.run((rows) => progress.done(rows));
  const messageSeconds = (performance.now() - began) / 1_000;
  await rooms.seat((rows) => progress.done(rows));
  progress.end();
  const ids = { accounts: Object.fromEntries(people.ids), rooms: Object.fromEntries(rooms.ids) };
  return { tally, ids, messageSeconds };
}

/** Refuses the database of another server than was named, before anything is written. */
export async function demandTables(server: string, blueprint: Blueprint, source: Source): Promise<void> {
  for (const table of tablesOf(blueprint)) {
    const lacking = await source.lacks(table);
    if (lacking === undefined) continue;
    const what =
      lacking === 'table' ? `no table ${table.name}` : `no column ${lacking} as it must be in the table ${table.name}`;
    throw new CommandMistaken(
      'import/other-schema',
      `This is no database of ${server}: it has ${what}. Nothing was written.`,
    );
  }
}

function tablesOf({ people, rooms, members, messages }: Blueprint): Table[] {
  return [people, rooms, members, messages].filter((table) => table !== undefined);
}
