import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Actor, hasRole } from '../../accounts/actor.js';
import {
  type MessageScreen,
  MessageScreens,
  type MessageToScreen,
  type ScreenAnswer,
} from '../../messaging/message-screens.js';
import { Problem } from '../../platform/problems.js';
import { FilterSet } from './filter-set.js';
import { FlaggedMessages } from './flagged-messages.service.js';
import { HeldMessages } from './held-messages.service.js';

/** Looks at messages with the filters in use. Who their author is, it asks only when one hit. */
@Injectable()
export class FilterScreen implements MessageScreen, OnModuleInit {
  readonly rewrites = false;

  constructor(
    private readonly screens: MessageScreens,
    private readonly filters: FilterSet,
    private readonly held: HeldMessages,
    private readonly flagged: FlaggedMessages,
  ) {}

  onModuleInit(): void {
    this.screens.add(this);
  }

  screen(message: MessageToScreen): ScreenAnswer {
    if (!this.filters.isReady)
      throw new Problem('server/unavailable', { detail: 'The filters have not been read yet.', retryAfter: 1 });
    const hits = this.filters.hitsIn(message.text, message.roomId);
    if (hits.length === 0) return undefined;
    const { action } = hits[0]!.filter;
    if (action === 'flag')
      return {
        note: async (tx, flagged, actor) => {
          if (!isExempt(actor)) await this.flagged.note(tx, flagged, hits);
        },
        settle: () => this.flagged.workSoon(),
      };
    return {
      stop: async (tx, { author, roomId, text, replyTo, of }, { actor, sight: { room } }) => {
        if (isExempt(actor)) return undefined;
        // What nobody may look at cannot wait for somebody to look at it; an edit cannot wait at all.
        if (action === 'refuse' || !room.moderated || !('clientId' in of)) return new Problem('message/filtered');
        const { clientId } = of;
        return await this.held.hold(
          tx,
          { authorId: author.accountId, roomId, clientId, replyTo, text },
          room.lastSeq,
          hits,
        );
      },
    };
  }
}

const isExempt = (actor: Actor): boolean => hasRole(actor, 'moderator');
