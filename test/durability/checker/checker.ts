import { checkAnswers } from './answers.check.js';
import type { History, RoomReadBack } from './history.js';
import { KnownTexts } from './known-texts.js';
import { checkLive } from './live.check.js';
import { checkStored } from './stored.check.js';
import { checkUnread } from './unread.check.js';
import type { Violation } from './violation.js';

/** Every promise that this history breaks; a pure function of what was seen and what is stored. */
export function check(history: History, rooms: readonly RoomReadBack[]): Violation[] {
  const texts = new KnownTexts(history);
  return [
    ...history.surprises,
    ...checkStored(history, rooms, texts),
    ...rooms.flatMap(checkUnread),
    ...checkAnswers(history, texts),
    ...checkLive(history, rooms, texts),
  ];
}
