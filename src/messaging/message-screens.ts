import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import type { Sender } from '../accounts/token-alone.decorator.js';
import type { Problem } from '../platform/problems.js';
import type { Tx } from '../platform/tx.js';
import type { RoomInSight } from '../rooms/room.access.js';

/** A message that is about to be written, or the new text of one. */
export interface MessageToScreen {
  readonly author: Sender;
  readonly roomId: number;
  readonly text: string;
  readonly replyTo: number | undefined;
  /** The name of a new message, or the id of the one that gets this text. */
  readonly of: { readonly clientId: string } | { readonly messageId: number };
}

/** Where an objection is acted upon: nothing else refuses the message, and the author is held. */
export interface Circumstances {
  readonly actor: Actor;
  readonly sight: RoomInSight;
}

/** What a screen says of a message; undefined says nothing against it. */
export type ScreenAnswer =
  | undefined
  /** It goes on with this text: the screens behind see it, and it is what a repetition is compared with. */
  | { readonly text: string }
  /** It is not written, unless `stop` answers undefined. What `stop` writes is kept although the message is refused. */
  | { readonly stop: (tx: Tx, message: MessageToScreen, where: Circumstances) => Promise<Problem | undefined> }
  /** It is written, and `note` before it, so that it is not forgotten when the process dies between the two; `settle` runs after it. */
  | { readonly note: (tx: Tx, message: MessageToScreen, actor: Actor) => Promise<void>; readonly settle: () => void };

/** Looks at messages before they are written. What it needs to pass most of them it has in memory: it is asked for every message. */
export interface MessageScreen {
  /** Whether it may answer with another text; such screens look first. */
  readonly rewrites: boolean;
  screen(message: MessageToScreen): ScreenAnswer | Promise<ScreenAnswer>;
}

/** What all screens together say. */
export interface Screening {
  readonly message: MessageToScreen;
  readonly stop?: Extract<ScreenAnswer, { stop: unknown }>['stop'];
  readonly notes: readonly Extract<ScreenAnswer, { note: unknown }>[];
}

/** The place where other modules put what looks at messages before they are written. */
@Injectable()
export class MessageScreens {
  private screens: readonly MessageScreen[] = [];

  add(screen: MessageScreen): void {
    this.screens = [...this.screens, screen].sort((one, other) => Number(other.rewrites) - Number(one.rewrites));
  }

  /** What the screens say; undefined at once when none of them says anything, and none has to be waited for. */
  look(message: MessageToScreen): Screening | undefined | Promise<Screening | undefined> {
    return this.ask(0, { message, notes: [] }, false);
  }

  private ask(index: number, before: Screening, said: boolean): Screening | undefined | Promise<Screening | undefined> {
    let [screening, anything] = [before, said];
    for (let next = index; next < this.screens.length; next++) {
      const answer = this.screens[next]!.screen(screening.message);
      if (answer instanceof Promise)
        return answer.then((late) => {
          const after = withAnswer(screening, late);
          return after.stop ? after : this.ask(next + 1, after, anything || late !== undefined);
        });
      if (answer === undefined) continue;
      anything = true;
      screening = withAnswer(screening, answer);
      if (screening.stop) return screening;
    }
    return anything ? screening : undefined;
  }
}

function withAnswer(screening: Screening, answer: ScreenAnswer): Screening {
  if (answer === undefined) return screening;
  if ('text' in answer) return { ...screening, message: { ...screening.message, text: answer.text } };
  if ('stop' in answer) return { ...screening, stop: answer.stop };
  return { ...screening, notes: [...screening.notes, answer] };
}
