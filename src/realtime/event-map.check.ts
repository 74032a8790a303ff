import type { RoomFactName, RoomFacts } from '../messaging/room-fact.js';
import type { FactPayload } from './events.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Mismatch = {
  [Name in RoomFactName]: Same<FactPayload<Name>, RoomFacts[Name]> extends true ? never : Name;
}[RoomFactName];

/** Does not compile when the event map and the facts of the log differ. */
export const eventMapMatchesLog: [Mismatch] extends [never] ? true : Mismatch = true;
