/**
 * People whom an integrator knows and we do not: accounts without a password, one for each id of theirs. Two calls about a new person make
 * one account, decided by the unique index over (integrator, external id): without it a person would be two, with half of his messages each.
 * A user name is a wish here: where it is taken, something is appended, because nobody is there who could choose another one.
 */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Problem } from '../platform/problems.js';
import { mistakeIn } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { AccessTokens } from './access.tokens.js';
import { USERNAME } from './account-requests.dto.js';
import type { Actor } from './actor.js';
import type { Device } from './device.js';
import type { ExternalIdentity, ExternalProfile, WhichAccount } from './external-account.js';
import { ExternalAccountRepository, type StandingRow } from './external-account.repository.js';

const MOST_TRIES = 5;
const SUFFIX_CHARACTERS = 7;

/** A session of somebody whom an integrator vouches for, with its access token. */
export interface IssuedToken {
  accountId: number;
  sessionId: number;
  token: string;
}

@Injectable()
export class ExternalAccounts {
  constructor(
    private readonly accounts: ExternalAccountRepository,
    private readonly tokens: AccessTokens,
  ) {}

  /** The account as somebody who acts, without a session; account/not-found, and account/blocked while a full block is in force. */
  async actor(sql: Sql, which: WhichAccount): Promise<Actor> {
    const { id: accountId, username, role, guest } = unblocked(await this.accounts.standing(sql, which));
    return { accountId, username, role, guest, sessionId: undefined };
  }

  /** The id of an integrator's person; undefined for somebody it never named. */
  async idOf(sql: Sql, integratorId: number, externalId: string): Promise<number | undefined> {
    return await this.accounts.idOf(sql, integratorId, externalId);
  }

  /** The ids of those of an integrator's people whom it named before, by its ids. */
  async idsOf(sql: Sql, integratorId: number, externalIds: readonly string[]): Promise<Map<string, number>> {
    return await this.accounts.idsOf(sql, integratorId, externalIds);
  }

  /** The account of this person, made at the first call; later calls change what is given of the profile, never the user name. */
  async upsert(
    tx: Tx,
    integratorId: number,
    externalId: string,
    profile: ExternalProfile = {},
  ): Promise<{ accountId: number; created: boolean; changed: boolean }> {
    const given = composed(profile);
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const known = await this.accounts.idOf(tx, integratorId, externalId);
      if (known !== undefined) {
        await tx.holdAuthors([], [known]);
        const changed = await this.accounts.changeProfile(tx, known, given);
        if (changed) await tx.recordFor([{ kind: 'account.changed', accountId: known, data: {} }]);
        return { accountId: known, created: false, changed };
      }
      const identity = { integratorId, externalId, guest: false };
      const fresh = await this.accounts.insert(tx, identity, nameOf(given.username ?? externalId, attempt), given);
      if (fresh !== undefined) return { accountId: fresh, created: true, changed: true };
    }
    throw new Problem('server/unavailable', { detail: 'No free user name was found.', retryAfter: 1 });
  }

  /** A new account that no later call finds again: a guest's, or the one as which an integrator acts. */
  async create(tx: Tx, identity: Omit<ExternalIdentity, 'externalId'>, profile: ExternalProfile): Promise<number> {
    const given = composed(profile);
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const name = nameOf(given.username ?? 'guest', identity.guest ? attempt + 1 : attempt);
      const id = await this.accounts.insert(tx, { ...identity, externalId: null }, name, given);
      if (id !== undefined) return id;
    }
    throw new Problem('server/unavailable', { detail: 'No free user name was found.', retryAfter: 1 });
  }

  /** Opens a session of so many seconds, or until this moment. Refuses whom a full block keeps out. */
  async openSession(tx: Tx, accountId: number, until: Date | number, device: Device): Promise<number> {
    await tx.holdAuthors([], [accountId]);
    unblocked(await this.accounts.standing(tx, { accountId }));
    return await this.accounts.openSession(tx, accountId, until, device);
  }

  /** A session of so many seconds with an access token that lives as long. */
  async issueToken(tx: Tx, accountId: number, seconds: number, device: Device): Promise<IssuedToken> {
    const sessionId = await this.openSession(tx, accountId, seconds, device);
    const { epoch, guest } = (await this.accounts.standing(tx, { accountId }))!;
    return { accountId, sessionId, token: this.tokens.issueFor({ accountId, sessionId, epoch, guest }, seconds) };
  }
}

function unblocked(row: StandingRow | undefined): StandingRow {
  if (!row) throw new Problem('account/not-found');
  if (row.blockId !== null)
    throw new Problem('account/blocked', {
      extra: { blockId: row.blockId, reason: row.reason, expiresAt: row.expiresAt?.toISOString() ?? null },
    });
  return row;
}

/** A user name near the wish: shortened, without what no name may hold, and with something random behind it when it was taken. */
function nameOf(wish: string, attempt: number): string {
  const plain = [...wish.normalize('NFC')].filter((letter) => mistakeIn(`a${letter}a`, USERNAME) === undefined);
  const suffix = attempt === 0 ? '' : `-${randomBytes(3).toString('hex')}`;
  const room = USERNAME.most - (attempt === 0 ? 0 : SUFFIX_CHARACTERS);
  return `${plain.slice(0, room).join('').trim() || 'person'}${suffix}`;
}

function composed(profile: ExternalProfile): ExternalProfile {
  return Object.fromEntries(
    Object.entries(profile)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, (value as string).normalize('NFC')]),
  );
}
