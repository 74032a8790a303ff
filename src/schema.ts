import { AccountRow } from './accounts/account.entity.js';
import { SessionRow } from './accounts/session.entity.js';
import { MessageRow } from './messaging/message.entity.js';
import { Foundation1790000000001 } from './platform/migrations/1-foundation.migration.js';
import { SendMessages1790000000002 } from './platform/migrations/2-send-messages.migration.js';
import { Moderation1790000000003 } from './platform/migrations/3-moderation.migration.js';
import type { Schema } from './platform/data-source.js';
import { MemberRow } from './rooms/member.entity.js';
import { RoomRow } from './rooms/room.entity.js';

/** What TypeORM manages, in the order in which migrations run; listed, because globs differ between sources and build. */
export const schema: Schema = {
  entities: [AccountRow, SessionRow, RoomRow, MemberRow, MessageRow],
  migrations: [Foundation1790000000001, SendMessages1790000000002, Moderation1790000000003],
};
