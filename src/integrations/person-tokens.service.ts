import { Injectable } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account.directory.js';
import type { Actor } from '../accounts/actor.js';
import type { Device } from '../accounts/device.js';
import { ExternalAccounts, type IssuedToken } from '../accounts/external-accounts.service.js';
import { SessionsService } from '../accounts/sessions.service.js';
import type { Scope } from '../accounts/takes-key.decorator.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { MembersService } from '../rooms/members.service.js';
import { type Integrator, Integrators } from './integrators.service.js';
import { IntegratorSessionRepository } from './integrator-session.repository.js';
import type { IssuePersonToken, PersonTokenView, RevocationView, RevokeTokens } from './person-token.dto.js';

const ENDED_AT_ONCE = 200;

/** Lets people of integrators in, and out again. */
@Injectable()
export class PersonTokens {
  constructor(
    private readonly database: Database,
    private readonly integrators: Integrators,
    private readonly accounts: ExternalAccounts,
    private readonly directory: AccountDirectory,
    private readonly sessions: IntegratorSessionRepository,
    private readonly ending: SessionsService,
    private readonly members: MembersService,
  ) {}

  /** A token for a person, whose account is made or brought up to date, and who is then in these rooms. */
  async issue(
    actor: Actor,
    { externalId, guest = false, profile, ttl = 0, rooms = [] }: IssuePersonToken,
    device: Device,
  ): Promise<PersonTokenView> {
    const integrator = await this.integrators.itself(actor);
    if (guest === (externalId !== undefined))
      throw new Problem('request/invalid', {
        errors: [{ pointer: '#/guest', message: 'must be given instead of externalId' }],
      });
    if (rooms.length > 0) demand(integrator, 'rooms');
    const issued = await this.database.write(async (tx): Promise<IssuedToken> => {
      // A revocation waits for this commit and ends what it finds; what begins behind it is younger.
      await this.sessions.holdUnrevoked(tx, integrator.id, 0);
      const accountId =
        externalId === undefined
          ? await this.accounts.create(tx, { integratorId: integrator.id, guest }, profile ?? {})
          : (await this.accounts.upsert(tx, integrator.id, externalId, profile)).accountId;
      const token = await this.accounts.issueToken(tx, accountId, ttl, device);
      await this.sessions.insert(tx, { sessionId: token.sessionId, integratorId: integrator.id, accountId });
      await audit(tx, {
        by: actor,
        action: 'token.issue',
        target: ['account', accountId],
        after: { guest, seconds: ttl },
      });
      return token;
    });
    for (const roomId of rooms) await this.members.add(actor, roomId, issued.accountId);
    const account = (await this.directory.publicViews(this.database, [issued.accountId])).get(issued.accountId)!;
    return { account, guest, token: issued.token, expiresIn: ttl };
  }

  /** Ends what was issued before a moment: no such token opens a session any more, and open ones are closed on all nodes. */
  async revoke(actor: Actor, { before, externalId }: RevokeTokens): Promise<RevocationView> {
    const { id: integratorId } = await this.integrators.itself(actor);
    const accountId =
      externalId === undefined ? undefined : await this.accounts.idOf(this.database, integratorId, externalId);
    if (externalId !== undefined && accountId === undefined) throw new Problem('account/not-found');
    await this.database.write(async (tx) => {
      if (!(await this.sessions.revokeBefore(tx, integratorId, accountId, before)))
        throw new Problem('request/invalid', { errors: [{ pointer: '#/before', message: 'must not be ahead' }] });
      await audit(tx, {
        by: actor,
        action: 'token.revoke',
        target: accountId === undefined ? ['integrator', integratorId] : ['account', accountId],
        after: { before },
      });
    });
    return { ended: await this.endOpen(integratorId, { accountId, before }) };
  }

  /** Ends open sessions some at a time, so that no transaction holds all people of an integrator. */
  async endOpen(integratorId: number, which: Parameters<IntegratorSessionRepository['open']>[2]): Promise<number> {
    for (let ended = 0; ;) {
      const open = await this.sessions.open(this.database, integratorId, which, ENDED_AT_ONCE);
      if (open.length === 0) return ended;
      await this.database.write((tx) => this.ending.endThese(tx, open, 'ended'));
      ended += open.length;
    }
  }
}

function demand({ scopes }: Integrator, scope: Scope): void {
  if (!scopes.has(scope)) throw new Problem('key/scope-missing', { extra: { scope } });
}
