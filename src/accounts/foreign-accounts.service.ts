/**
 * People who come over from another server, with the password they had there. Nobody here vouches that two people of one name are the same
 * person: a name that is taken gets something behind it, and only whoever runs the service can say that they are one. Without that anybody who
 * once registered a name on the old server would speak, and sign in, as its owner here.
 */
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { audit } from '../platform/audit.js';
import { Problem } from '../platform/problems.js';
import { fitted, mistakeIn } from '../platform/safe-text.js';
import type { Sql } from '../platform/sql.js';
import type { Tx } from '../platform/tx.js';
import { ADDRESS, EMAIL, MAIL, PERSON_NAME, PHONE, USERNAME } from './account-requests.dto.js';
import type { Role } from './actor.js';
import { ForeignAccountRepository } from './foreign-account.repository.js';
import { isForeignHash } from './foreign.hash.js';

const MOST_TRIES = 1_000;

export interface ForeignPerson {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  phone: string;
  address: string;
  /** As the other server keeps it; null for who has none. */
  passwordHash: string | null;
  role: Extract<Role, 'user' | 'moderator'>;
  /** With up to six digits behind the second; null where it is not known. */
  joinedAt: string | null;
}

/** What of a person could not be taken over as it was. */
export type ForeignLoss = 'renamed' | 'email-dropped' | 'password-dropped' | 'profile-shortened';

export interface ForeignArrival {
  id: number;
  username: string;
  outcome: 'made' | 'merged';
  losses: ForeignLoss[];
}

@Injectable()
export class ForeignAccounts {
  constructor(private readonly accounts: ForeignAccountRepository) {}

  /** The account that this person would be merged with: one of the same name that has no rank and is nobody's guest or integrator's person. */
  async namesake(sql: Sql, { username }: ForeignPerson): Promise<number | undefined> {
    if (mistakeIn(username, USERNAME)) return undefined;
    const known = await this.accounts.namesake(sql, username);
    return known?.plain ? known.id : undefined;
  }

  /** Makes an account of this person, under another name with `suffix` behind it where the name is taken or no name here. */
  async make(tx: Tx, person: ForeignPerson, suffix: string): Promise<ForeignArrival> {
    const losses: ForeignLoss[] = [];
    const { passwordHash: foreign, role, joinedAt } = person;
    const passwordHash = foreign !== null && isForeignHash(foreign) ? foreign : null;
    if (foreign !== null && passwordHash === null) losses.push('password-dropped');
    const profile = {
      firstName: fitted(person.firstName, PERSON_NAME),
      lastName: fitted(person.lastName, PERSON_NAME),
      phone: fitted(person.phone, PHONE),
      address: fitted(person.address, ADDRESS),
    };
    const names = Object.keys(profile) as (keyof typeof profile)[];
    if (names.some((name) => profile[name] !== person[name].normalize('NFC'))) losses.push('profile-shortened');
    const email = await this.mailOf(tx, person.email);
    if (email === null && person.email !== '') losses.push('email-dropped');
    for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
      const username = nameFor(person.username, suffix, attempt);
      const taken = { ...profile, username, email, role };
      if (await this.accounts.namesake(tx, username)) continue;
      const id = await this.accounts.insert(tx, taken, passwordHash, joinedAt);
      if (id === undefined) continue;
      if (username !== person.username) losses.push('renamed');
      const after = { role };
      if (role !== 'user') await audit(tx, { by: 'operator', action: 'role.change', target: ['account', id], after });
      return { id, username, outcome: 'made', losses };
    }
    throw new Problem('account/username-taken');
  }

  private async mailOf(tx: Tx, given: string): Promise<string | null> {
    const email = given.normalize('NFC');
    if (email === '' || mistakeIn(email, EMAIL) || !isEmail(email, MAIL)) return null;
    return (await this.accounts.mailIsTaken(tx, email)) ? null : email;
  }
}

/** The name itself first, then with something behind it. */
function nameFor(wish: string, suffix: string, attempt: number): string {
  const behind = attempt === 0 ? '' : attempt === 1 ? `-${suffix}` : `-${suffix}-${attempt}`;
  return `${fitted(wish, { ...USERNAME, most: USERNAME.most - behind.length }) || 'person'}${behind}`;
}
