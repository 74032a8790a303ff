import type { INestApplicationContext } from '@nestjs/common';
import {
  ForeignAccounts,
  type ForeignArrival,
  type ForeignLoss,
  type ForeignPerson,
} from '../../../accounts/foreign-accounts.service.js';
import { BlocksService } from '../../../moderation/blocks.service.js';
import { Database } from '../../../platform/database.js';
import { foreignIds, keepForeignIds } from '../../../platform/foreign-ids.js';
import type { Tx } from '../../../platform/tx.js';
import { CommandMistaken } from '../failures.js';
import type { Blueprint, SourcePerson } from './blueprint.js';
import type { ImportSettings } from './import-settings.js';
import { pages, type Source } from './source.js';
import type { Tally } from './tally.js';

const PAGE = 100;

const LOSSES: Record<ForeignLoss, string> = {
  renamed: 'came under another name, which signs in from now on',
  'email-dropped': 'came without the e-mail address, which is taken or none',
  'password-dropped':
    'came without a password, because its hash cannot be verified; npx besedka user password gives one',
  'profile-shortened': 'came with a shorter profile',
};

interface Arrived extends ForeignArrival {
  foreignId: number;
  person: SourcePerson;
}

/** Brings people over; `ids` has everybody who ever came from this source afterwards, by the id there. */
export class PeopleImport {
  readonly ids = new Map<number, number>();
  readonly usernames = new Map<number, string>();
  private readonly database: Database;
  private readonly accounts: ForeignAccounts;
  private readonly blocks: BlocksService;
  private readonly taken = new Set<number>();

  constructor(
    app: INestApplicationContext,
    private readonly blueprint: Blueprint,
    private readonly source: Source,
    private readonly settings: ImportSettings,
    private readonly tally: Tally,
  ) {
    this.database = app.get(Database);
    this.accounts = app.get(ForeignAccounts);
    this.blocks = app.get(BlocksService);
  }

  /** Remembers who is here already, and refuses the database of another server under the name of one that was imported. */
  async recognize(): Promise<void> {
    const known = await foreignIds(this.database, this.settings.source, 'account');
    for (const { foreignId, id } of known.values()) this.remember(Number(foreignId), id);
    for await (const page of pages(this.source, this.blueprint.people, PAGE))
      for (const row of page) {
        const person = this.blueprint.people.read(row);
        this.usernames.set(row.id, person.username);
        const before = known.get(String(row.id));
        if (before && before.mark !== markOf(person))
          throw new CommandMistaken(
            'import/other-server',
            `Account ${row.id} (${person.username}) is another one than the account ${row.id} that came from ${this.settings.source} before: ` +
              'this is the database of another server. Give it a name of its own with --source.',
          );
      }
  }

  async run(done: (rows: number) => void): Promise<void> {
    for await (const page of pages(this.source, this.blueprint.people, PAGE)) {
      const fresh = page.filter((row) => !this.ids.has(row.id));
      this.tally.count('accounts', 'known', page.length - fresh.length);
      const arrived = await this.database.write(async (tx) => {
        const arrivals: Arrived[] = [];
        for (const row of fresh) {
          const person = this.blueprint.people.read(row);
          const here = new Set(arrivals.map(({ id }) => id));
          arrivals.push({ ...(await this.bring(tx, person, here)), foreignId: row.id, person });
        }
        const ids = arrivals.map((one) => ({ foreignId: String(one.foreignId), id: one.id, mark: markOf(one.person) }));
        await keepForeignIds(tx, this.settings.source, 'account', ids);
        return arrivals;
      });
      for (const one of arrived) this.note(one);
      done(page.length);
    }
  }

  private async bring(tx: Tx, person: SourcePerson, here: ReadonlySet<number>): Promise<ForeignArrival> {
    const foreign = foreignOf(person, this.blueprint.staffModerates);
    if (this.settings.merge) {
      const id = await this.accounts.namesake(tx, foreign);
      // Two of one server are two people, even where their names differ in letter case alone.
      if (id !== undefined && !this.taken.has(id) && !here.has(id))
        return { id, username: person.username, outcome: 'merged', losses: [] };
    }
    const arrival = await this.accounts.make(tx, foreign, this.settings.source);
    if (!person.active) await this.blocks.shutOut(tx, arrival.id, `Not active on ${this.settings.source}`);
    return arrival;
  }

  private note({ foreignId, id, username, outcome, losses, person }: Arrived): void {
    this.remember(foreignId, id);
    this.tally.count('accounts', outcome);
    const named = person.username === username ? username : `${person.username} → ${username}`;
    for (const loss of losses) this.tally.change('accounts', LOSSES[loss], named);
    if (!person.active)
      this.tally.change(
        'accounts',
        outcome === 'made' ? 'is blocked, as there' : 'was blocked there and is not here',
        named,
      );
    if (person.superuser)
      this.tally.change(
        'accounts',
        'was a superuser there; if so here: npx besedka user role <name> superuser',
        username,
      );
    else if (person.staff && !this.blueprint.staffModerates)
      this.tally.change('accounts', 'was staff there; if so here: npx besedka user role <name> moderator', username);
    if (outcome === 'made' && moderates(person, this.blueprint.staffModerates))
      this.tally.change('accounts', 'is a moderator, as there', username);
  }

  private remember(foreignId: number, id: number): void {
    this.ids.set(foreignId, id);
    this.taken.add(id);
  }
}

function moderates({ active, staff, superuser }: SourcePerson, staffModerates: boolean): boolean {
  return staffModerates && active && (staff || superuser);
}

function foreignOf(person: SourcePerson, staffModerates: boolean): ForeignPerson {
  const { username, email = '', firstName = '', lastName = '', phone = '', address = '', joinedAt } = person;
  const profile = { username, email, firstName, lastName, phone, address, joinedAt };
  const role = moderates(person, staffModerates) ? 'moderator' : 'user';
  return { ...profile, role, passwordHash: person.passwordHash ?? null };
}

/** When somebody joined there never changes. */
function markOf({ joinedAt }: SourcePerson): string {
  return joinedAt ?? '';
}
