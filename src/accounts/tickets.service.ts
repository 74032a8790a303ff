import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { AccessTokens } from './access.tokens.js';
import { type Actor, sessionOf } from './actor.js';
import { ActorLoader } from './actor.loader.js';
import { actorIn } from './authenticator.js';
import { freshSecret, hashOfSecret } from './secrets.js';
import type { TicketView } from './session.dto.js';
import { SessionRepository } from './session.repository.js';

const SECONDS = 30;

/** One-time stand-ins for an access token, for places where a token would be left behind: the address of a socket, a log. */
@Injectable()
export class TicketsService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly loader: ActorLoader,
    private readonly tokens: AccessTokens,
  ) {}

  async issue(actor: Actor): Promise<TicketView> {
    const ticket = freshSecret();
    await this.sessions.addTicket(this.database, sessionOf(actor), ticket.hash, SECONDS);
    return { ticket: ticket.text, expiresIn: SECONDS };
  }

  /** The actor of a ticket, which is gone with this call; he must authenticate again as soon as with a token made now. */
  async redeem(ticket: string): Promise<{ actor: Actor; expiresAt: number }> {
    const sessionId = await this.sessions.useTicket(this.database, hashOfSecret(ticket));
    if (sessionId === undefined)
      throw new Problem('auth/token-invalid', { detail: 'This ticket was used, has expired or never existed.' });
    const actor = actorIn(await this.loader.load(sessionId));
    return { actor, expiresAt: Date.now() + this.tokens.seconds * 1000 };
  }
}
