import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DialectTokens } from '../../accounts/dialect-tokens.service.js';
import { TicketsService } from '../../accounts/tickets.service.js';
import type { MessageView } from '../../messaging/message.dto.js';
import { MOST_TEXT } from '../../messaging/message.schema.js';
import { type RawCaller, RawSockets, type RawSpeech } from '../../messaging/raw-sockets.js';
import { Config } from '../../platform/config.js';
import { parseId } from '../../platform/id.pipe.js';
import { parseJson } from '../../platform/json-body.js';
import type { Asked, Refusal } from '../../platform/manner.js';
import { Problem } from '../../platform/problems.js';
import { RUSSIAN } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { frameOf } from './roschat.dto.js';
import { ROSCHAT, ROSCHAT_MANNER } from './roschat.manner.js';

const ADDRESS = /^\/ws\/api\/chat\/([^/]+)\/?$/;

/** How the chats of this API are spoken in. */
@Injectable()
export class RoschatSocket implements RawSpeech, OnModuleInit {
  constructor(
    private readonly sockets: RawSockets,
    private readonly tokens: DialectTokens,
    private readonly tickets: TicketsService,
    private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.sockets.add(this);
  }

  roomAt(path: string): number | undefined {
    const [, id] = ADDRESS.exec(path) ?? [];
    return id === undefined ? undefined : (parseId(id) ?? 0);
  }

  /** By the token of the handshake's header, or by a ticket of the native API. A token in the address is none: addresses are kept in logs. */
  async callerOf({ headers: { authorization }, url }: Pick<IncomingMessage, 'headers' | 'url'>): Promise<RawCaller> {
    const query = new URLSearchParams(url?.split('?')[1]);
    if (query.has('token')) throw new Problem('auth/token-invalid');
    const ticket = query.get('ticket');
    if (authorization === undefined && ticket) return await this.tickets.redeem(ticket);
    const actor = await this.tokens.actorOf(ROSCHAT, authorization);
    const soon = () => Date.now() + this.config.get('BESEDKA_ACCESS_TOKEN_SECONDS') * 1_000;
    const renew = async () => {
      await this.tokens.actorOf(ROSCHAT, authorization);
      return soon();
    };
    return { actor, expiresAt: soon(), renew };
  }

  read(frame: Buffer): string | undefined {
    const said = objectIn(frame);
    if (said === undefined) return undefined;
    const fields = new Fields(said, RUSSIAN);
    if (!fields.isGiven('message')) return undefined;
    const text = fields.text('message', MOST_TEXT);
    fields.check();
    return text;
  }

  write(message: MessageView): string {
    return frameOf(message);
  }

  refusalOf(problem: Problem, asked: Asked): Refusal {
    return ROSCHAT_MANNER.refusalOf(problem, asked);
  }
}

function objectIn(frame: Buffer): object | undefined {
  try {
    const said = parseJson(frame) as object;
    return Array.isArray(said) ? undefined : said;
  } catch (error) {
    // JSON that is no object says nothing.
    if (error instanceof Problem && error.code === 'request/invalid') return undefined;
    throw error;
  }
}
