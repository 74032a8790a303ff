import { z } from 'zod';
import { mistakeIn } from '../platform/safe-text.js';

/** Most code points of a message. */
export const MOST_TEXT = 16_000;
/** As far as the database counts versions. */
export const MOST_VERSION = 2 ** 31 - 1;

const NO_ID = 'must be an integer from 1 to 9007199254740991';

export const anId = z.int(NO_ID).min(1, NO_ID).max(Number.MAX_SAFE_INTEGER, NO_ID);

/** 1 to 16 000 code points that the database keeps byte for byte. */
export const messageText = z
  .string('must be a string')
  .superRefine((value, context) => {
    const mistake = mistakeIn(value, { least: 1, most: MOST_TEXT });
    if (mistake) context.addIssue({ code: 'custom', message: mistake });
  })
  .meta({ minLength: 1, maxLength: MOST_TEXT });

/** The author's own name for one send: what makes its repetition harmless. */
export const CLIENT_ID = /^[\w.:-]{1,64}$/;
const clientId = z.string('must be a string').regex(CLIENT_ID, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ . : -');

/** What every door needs to know of a new message. */
export const newMessage = z.strictObject({ text: messageText, clientId, replyTo: anId.optional() });
export type NewMessage = z.output<typeof newMessage>;
