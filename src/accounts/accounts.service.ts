import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { Config } from '../platform/config.js';
import { Database } from '../platform/database.js';
import { databaseCode } from '../platform/problem-of.js';
import { Limits } from '../platform/limits.js';
import { decodeCursor, isIdKey, type Page, pageOf, type PageRequest } from '../platform/paging.dto.js';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import type { Tx } from '../platform/tx.js';
import {
  type AccountContact,
  type AccountPage,
  type OwnAccountView,
  type PublicAccountView,
  viewOfOwnAccount,
  viewOfPublicAccount,
} from './account.dto.js';
import { AccountDirectory } from './account.directory.js';
import type { AccountRow } from './account.entity.js';
import { AccountRepository, type NewAccount } from './account.repository.js';
import {
  type AccountsRequest,
  type ChangeProfile,
  EMAIL,
  MAIL,
  NO_MAIL,
  PASSWORD,
  type Register,
  USERNAME,
} from './account-requests.dto.js';
import { type Actor, hasRole } from './actor.js';
import { addressKey } from './device.js';
import { PasswordHasher } from './password.hasher.js';
import { SuperuserRules } from './superuser.rules.js';

const UNIQUE_VIOLATION = '23505';

/** A new account whose password has been hashed, ready for a transaction. */
interface PreparedAccount extends NewAccount {
  passwordHash: string;
}

@Injectable()
export class AccountsService {
  constructor(
    private readonly database: Database,
    private readonly config: Config,
    private readonly accounts: AccountRepository,
    private readonly hasher: PasswordHasher,
    private readonly limits: Limits,
    private readonly superusers: SuperuserRules,
    private readonly directory: AccountDirectory,
  ) {}

  /** Registers a stranger, where registration is open and his address has not registered too many. */
  async register(request: Register, address: string): Promise<OwnAccountView> {
    if (this.config.get('BESEDKA_REGISTRATION') === 'closed') throw new Problem('account/registration-closed');
    await this.limits.count('register', addressKey(address));
    return this.create(Object.assign({}, request, { role: 'user' as const }));
  }

  /** Creates an account with any role, whatever the registration; for callers who decided that it may be. */
  async create(account: NewAccount & { password: string }): Promise<OwnAccountView> {
    const prepared = await this.prepare(account);
    return this.database.write(async (tx) => {
      if (prepared.role === 'superuser') await this.superusers.hold(tx);
      return this.insert(tx, prepared);
    });
  }

  /** The id of a new account that has no password, for a server that lets its people in itself. */
  async createWithoutPassword(username: string): Promise<number> {
    const mistake = mistakeIn(username, USERNAME);
    if (mistake) throw new Problem('request/invalid', { errors: [{ pointer: '#/username', message: mistake }] });
    return await this.database.write(async (tx) => {
      const row = await this.accounts.insert(tx, composed({ username }), null);
      if (!row) throw takenProblem('username');
      return row.id;
    });
  }

  /** What of creating an account takes long and needs no transaction; refuses what cannot become one. */
  async prepare({ password, ...account }: NewAccount & { password: string }): Promise<PreparedAccount> {
    const errors = [
      { pointer: '#/username', message: mistakeIn(account.username, USERNAME) },
      { pointer: '#/password', message: mistakeIn(password, PASSWORD) },
      { pointer: '#/email', message: account.email == null ? undefined : mistakeInMail(account.email) },
    ].filter((error): error is { pointer: string; message: string } => error.message !== undefined);
    if (errors.length > 0) throw new Problem('request/invalid', { errors });
    const taken = await this.accounts.taken(this.database, account.username, account.email);
    if (taken) throw takenProblem(taken);
    return { ...composed(account), passwordHash: await this.hasher.hash(password) };
  }

  async insert(tx: Tx, { passwordHash, ...account }: PreparedAccount): Promise<OwnAccountView> {
    const row = await this.accounts.insert(tx, account, passwordHash);
    if (!row) throw takenProblem((await this.accounts.taken(tx, account.username, account.email)) ?? 'username');
    return viewOfOwnAccount(row);
  }

  /** The public profiles of everybody, by id, for dialects that know no pages. */
  async everybody(): Promise<PublicAccountView[]> {
    return (await this.accounts.everybody(this.database)).map(viewOfPublicAccount);
  }

  /** The public profiles of these accounts by id; an unknown id is missing. */
  async views(ids: readonly number[]): Promise<Map<number, PublicAccountView>> {
    return this.directory.publicViews(this.database, ids);
  }

  /** The same with the e-mail addresses that the actor may see: his own, and as a superuser everybody's. */
  async contacts(actor: Actor, ids: readonly number[]): Promise<Map<number, AccountContact>> {
    const rows = ids.length === 0 ? [] : await this.accounts.contacts(this.database, [...new Set(ids)]);
    const mayRead = (id: number) => id === actor.accountId || hasRole(actor, 'superuser');
    return new Map(
      rows.map((row) => [
        row.id,
        { ...viewOfPublicAccount(row), email: mayRead(row.id) && row.email !== null ? row.email : '' },
      ]),
    );
  }

  async own(actor: Actor): Promise<OwnAccountView> {
    return viewOfOwnAccount(found(await this.accounts.find(this.database, actor.accountId)));
  }

  async changeProfile(actor: Actor, request: ChangeProfile): Promise<OwnAccountView> {
    const changes = composed(request);
    try {
      return await this.database.write(async (tx) => {
        const row = found(await this.accounts.hold(tx, actor.accountId));
        const { email, firstName, lastName, phone, address } = row;
        const profile = { email, firstName, lastName, phone, address, ...changes };
        if (Object.keys(changes).length === 0) return viewOfOwnAccount(row);
        await this.accounts.changeProfile(tx, actor.accountId, profile);
        await tx.recordFor([{ kind: 'account.changed', accountId: actor.accountId, data: {} }]);
        return viewOfOwnAccount(Object.assign(row, profile));
      });
    } catch (error) {
      if (databaseCode(error) === UNIQUE_VIOLATION) throw takenProblem('email');
      throw error;
    }
  }

  async read(id: number): Promise<PublicAccountView> {
    return viewOfPublicAccount(found(await this.accounts.find(this.database, id)));
  }

  async search(request: AccountsRequest): Promise<AccountPage> {
    const limit = request.limit ?? 50;
    const rows = await this.accounts.search(
      this.database,
      request.query,
      decodeCursor(request.cursor, isIdKey),
      limit + 1,
    );
    return pageOf(rows.map(viewOfPublicAccount), limit, (account) => account.id);
  }

  /** All accounts with all that they see of themselves, by id; for the operator. */
  async list(request: PageRequest): Promise<Page<OwnAccountView>> {
    const limit = request.limit ?? 50;
    const rows = await this.accounts.list(this.database, decodeCursor(request.cursor, isIdKey) ?? 0, limit + 1);
    return pageOf(rows.map(viewOfOwnAccount), limit, (account) => account.id);
  }

  /** The id under which a user name is registered, in any spelling of it. */
  async idOf(username: string): Promise<number> {
    return found(await this.accounts.withUsername(this.database, username)).id;
  }
}

function mistakeInMail(email: string): string | undefined {
  return mistakeIn(email, EMAIL) ?? (isEmail(email, MAIL) ? undefined : NO_MAIL);
}

function found(row: AccountRow | null): AccountRow {
  if (!row) throw new Problem('account/not-found');
  return row;
}

function takenProblem(what: 'username' | 'email'): Problem {
  return new Problem(what === 'username' ? 'account/username-taken' : 'account/email-taken');
}

/** The given texts with composed letters, as searches look for them. */
function composed<T extends object>(fields: T): { [Name in keyof T]: T[Name] } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value.normalize('NFC') : (value as unknown)]),
  ) as T;
}
