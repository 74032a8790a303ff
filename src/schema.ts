import { AccountRow } from './accounts/account.entity.js';
import { SessionRow } from './accounts/session.entity.js';
import { MessageRow } from './messaging/message.entity.js';
import { Foundation1790000000001 } from './platform/migrations/1-foundation.migration.js';
import { SendMessages1790000000002 } from './platform/migrations/2-send-messages.migration.js';
import { Moderation1790000000003 } from './platform/migrations/3-moderation.migration.js';
import { Reports1790000000004 } from './platform/migrations/4-reports.migration.js';
import { SendRules1790000000005 } from './platform/migrations/5-send-rules.migration.js';
import { Filters1790000000006 } from './platform/migrations/6-filters.migration.js';
import { Sanctions1790000000007 } from './platform/migrations/7-sanctions.migration.js';
import { Cluster1790000000008 } from './platform/migrations/8-cluster.migration.js';
import { Integrations1790000000009 } from './platform/migrations/9-integrations.migration.js';
import { Webhooks1790000000010 } from './platform/migrations/10-webhooks.migration.js';
import { DialectTokens1790000000011 } from './platform/migrations/11-dialect-tokens.migration.js';
import { Delivered1790000000012 } from './platform/migrations/12-delivered.migration.js';
import { Imports1790000000014 } from './platform/migrations/14-imports.migration.js';
import { BuiltInIntegrators1790000000015 } from './platform/migrations/15-built-in-integrators.migration.js';
import { ForeignIds1790000000016 } from './platform/migrations/16-foreign-ids.migration.js';
import type { Schema } from './platform/data-source.js';
import { MemberRow } from './rooms/member.entity.js';
import { RoomRow } from './rooms/room.entity.js';

/** What TypeORM manages, in the order in which migrations run; listed, because globs differ between sources and build. */
export const schema: Schema = {
  entities: [AccountRow, SessionRow, RoomRow, MemberRow, MessageRow],
  migrations: [
    Foundation1790000000001,
    SendMessages1790000000002,
    Moderation1790000000003,
    Reports1790000000004,
    SendRules1790000000005,
    Filters1790000000006,
    Sanctions1790000000007,
    Cluster1790000000008,
    Integrations1790000000009,
    Webhooks1790000000010,
    DialectTokens1790000000011,
    Delivered1790000000012,
    Imports1790000000014,
    BuiltInIntegrators1790000000015,
    ForeignIds1790000000016,
  ],
};
