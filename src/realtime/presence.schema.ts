import { z } from 'zod';
import { anId } from '../messaging/message.schema.js';

/** Most people that are asked for, or watched, at once. */
export const MOST_WATCHED = 200;

/** Whether somebody is here, as far as it is known. */
export const presence = z.object({
  accountId: anId,
  state: z.enum(['online', 'away', 'offline', 'unknown']),
  lastSeenAt: z.iso.datetime().nullable(),
});
