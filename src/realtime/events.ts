import { z } from 'zod';
import { anId, messageText, MOST_VERSION, newMessage } from '../messaging/message.schema.js';

/**
 * The event map: every command a client may send with its ack, and every fact a client may hear. Server, typed client and AsyncAPI are
 * made from this one file; names are promises and are never changed.
 */
const id = anId;
const seq = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const time = z.iso.datetime();
const account = z.object({ id, username: z.string(), firstName: z.string(), lastName: z.string() });
const message = z.object({
  id,
  roomId: id,
  seq: id,
  author: account,
  text: z.string(),
  clientId: z.string(),
  createdAt: time,
  editedAt: time.nullable(),
  deletedAt: time.nullable(),
  version: z.int().min(1),
  replyTo: id.nullable(),
});
const readState = z.object({ roomId: id, readSeq: seq, headSeq: seq, unreadCount: z.int().min(0) });
const inRoom = { roomId: id, seq: id };
const face = z.object({
  name: z.string(),
  topic: z.string(),
  link: z.string(),
  hasPassword: z.boolean(),
  capacity: z.int().nullable(),
  ownerId: id.nullable(),
});
const fact = z.object({ seq: id, event: z.string(), data: z.record(z.string(), z.unknown()) });

/** What a client may send. Each is answered by an ack within five seconds: `{ok: true, …}` as below, or `{ok: false, problem}`. */
export const COMMANDS = {
  'message.send': {
    says: 'Send a message. The ack comes after the message is stored for good; repeat with the same clientId when none came.',
    request: z.strictObject({ roomId: id, ...newMessage.shape }),
    ack: z.object({ ok: z.literal(true), message, duplicate: z.boolean() }),
    example: { roomId: 17, text: 'Добрый вечер! Tea is ready.', clientId: '3f0c9c1e-8d2f-4f0e-9a53-5d1f6b0f7a11' },
  },
  'message.edit': {
    says: 'Change the text of your own message, unless it was changed or deleted since the version given.',
    request: z.strictObject({
      roomId: id,
      messageId: id,
      text: messageText,
      version: z.int().min(1).max(MOST_VERSION),
    }),
    ack: z.object({ ok: z.literal(true), message }),
    example: { roomId: 17, messageId: 4098, text: 'Добрый вечер! The tea is ready.', version: 1 },
  },
  'message.delete': {
    says: 'Delete a message: your own, or any as a moderator.',
    request: z.strictObject({ roomId: id, messageId: id }),
    ack: z.object({ ok: z.literal(true) }),
    example: { roomId: 17, messageId: 4098 },
  },
  'room.resume': {
    says:
      'Ask for everything that happened in a room after a seq. The ack holds the first events; when `more` is true the rest follows as ordinary facts. ' +
      'Then the room is live, without a hole or a doubled event in between. Also the way to listen to an open room one has not joined.',
    request: z.strictObject({ roomId: id, after: seq }),
    ack: z.object({ ok: z.literal(true), events: z.array(fact), head: seq, more: z.boolean() }),
    example: { roomId: 17, after: 42 },
  },
  'read.mark': {
    says: 'Mark a room as read up to a seq; an older one changes nothing. All your sockets hear `read.marked`.',
    request: z.strictObject({ roomId: id, seq }),
    ack: z.object({ ok: z.literal(true), state: readState }),
    example: { roomId: 17, seq: 43 },
  },
  'session.renew': {
    says: 'Give a fresh access token of the same account before the old one expires; the socket stays open.',
    request: z.strictObject({ token: z.string().min(1).max(4096) }),
    ack: z.object({ ok: z.literal(true), expiresAt: time }),
    example: { token: 'eyJhbGciOiJIUzI1NiJ9…' },
  },
} as const satisfies Record<string, { says: string; request: z.ZodType; ack: z.ZodType; example: unknown }>;

/** What a client may hear. Facts of a room carry `roomId` and `seq`, each seq once and in order; facts of the account carry `accountSeq`. */
export const FACTS = {
  'session.ready': {
    says: 'The first fact on a new socket: who is signed in until when, and from which seq on each of his rooms is live.',
    payload: z.object({
      accountId: id,
      sessionId: id,
      expiresAt: time,
      rooms: z.array(z.object({ roomId: id, headSeq: seq })),
    }),
    example: {
      accountId: 17,
      sessionId: 5,
      expiresAt: '2026-11-20T18:14:11.512Z',
      rooms: [{ roomId: 17, headSeq: 43 }],
    },
  },
  'session.expiring': {
    says: 'The access token expires soon: send `session.renew`.',
    payload: z.object({ expiresAt: time }),
    example: { expiresAt: '2026-11-20T18:14:11.512Z' },
  },
  'session.ended': {
    says: 'The last fact on a socket whose session, token or right to be connected has ended; the socket closes.',
    payload: z.object({
      reason: z.enum([
        'token_expired',
        'logout',
        'logout_all',
        'password_changed',
        'refresh_reused',
        'ended',
        'blocked',
        'slow_consumer',
        'draining',
      ]),
    }),
    example: { reason: 'logout' },
  },
  'message.sent': {
    says: 'A message was stored.',
    payload: message,
    example: {
      id: 4098,
      roomId: 17,
      seq: 43,
      author: { id: 18, username: 'bob', firstName: '', lastName: '' },
      text: 'Добрый вечер! Tea is ready.',
      clientId: '3f0c9c1e-8d2f-4f0e-9a53-5d1f6b0f7a11',
      createdAt: '2026-11-20T18:04:11.512Z',
      editedAt: null,
      deletedAt: null,
      version: 1,
      replyTo: null,
    },
  },
  'message.edited': {
    says: 'A message got a new text.',
    payload: z.object({ ...inRoom, message }),
    example: undefined,
  },
  'message.deleted': {
    says: 'A message was deleted; its place in the history stays as a tombstone.',
    payload: z.object({ ...inRoom, messageId: id, messageSeq: id, deletedBy: id.nullable() }),
    example: { roomId: 17, seq: 45, messageId: 4098, messageSeq: 43, deletedBy: 18 },
  },
  'message.restored': {
    says: 'A deleted message is there again.',
    payload: z.object({ ...inRoom, message }),
    example: undefined,
  },
  'member.joined': {
    says: 'Somebody joined the room or was added by `by`.',
    payload: z.object({ ...inRoom, account, by: id.nullable() }),
    example: { roomId: 17, seq: 44, account: { id: 18, username: 'bob', firstName: '', lastName: '' }, by: 17 },
  },
  'member.left': {
    says: 'Somebody left the room.',
    payload: z.object({ ...inRoom, account }),
    example: { roomId: 17, seq: 46, account: { id: 18, username: 'bob', firstName: '', lastName: '' } },
  },
  'member.removed': {
    says: 'Somebody was removed from the room; nothing later of the room reaches him.',
    payload: z.object({ ...inRoom, account, by: id.nullable() }),
    example: { roomId: 17, seq: 46, account: { id: 18, username: 'bob', firstName: '', lastName: '' }, by: 17 },
  },
  'room.changed': {
    says: 'Name, topic, link, password, capacity or owner of the room changed; the face is the present one.',
    payload: z.object({ ...inRoom, room: face }),
    example: {
      roomId: 17,
      seq: 47,
      room: { name: 'lobby', topic: 'Tea at five', link: '', hasPassword: false, capacity: 40, ownerId: 17 },
    },
  },
  'room.deleted': {
    says: 'The room was deleted: the last fact of its log.',
    payload: z.object({ ...inRoom, by: id.nullable() }),
    example: { roomId: 17, seq: 48, by: 17 },
  },
  'room.added': {
    says: 'You are now a member of the room; its facts follow from `headSeq` on.',
    payload: z.object({ accountSeq: id, roomId: id, headSeq: seq }),
    example: { accountSeq: 3, roomId: 17, headSeq: 43 },
  },
  'room.removed': {
    says: 'You are no longer a member of the room.',
    payload: z.object({ accountSeq: id, roomId: id, reason: z.enum(['left', 'removed', 'deleted']) }),
    example: { accountSeq: 4, roomId: 17, reason: 'removed' },
  },
  'read.marked': {
    says: 'Your read mark of a room moved, on whichever device.',
    payload: readState.extend({ accountSeq: id }),
    example: { accountSeq: 5, roomId: 17, readSeq: 43, headSeq: 43, unreadCount: 0 },
  },
  'account.blocked': {
    says:
      'A moderator blocked you, or changed the block `blockId`: everywhere, or in the room where `roomId` is given. `mute` leaves reading, `read_only` reading ' +
      'and leaving, `full` nothing: without a room the socket closes with `session.ended`.',
    payload: z.object({
      accountSeq: id,
      blockId: id,
      mode: z.enum(['mute', 'read_only', 'full']),
      roomId: id.nullable(),
      reason: z.string(),
      expiresAt: time.nullable(),
    }),
    example: {
      accountSeq: 8,
      blockId: 3,
      mode: 'mute',
      roomId: null,
      reason: 'Advertising in the lobby',
      expiresAt: '2026-11-21T18:04:11.512Z',
    },
  },
  'account.unblocked': {
    says: 'A moderator lifted the block `blockId` before its time.',
    payload: z.object({ accountSeq: id, blockId: id, roomId: id.nullable() }),
    example: { accountSeq: 9, blockId: 3, roomId: null },
  },
  'role.changed': {
    says: 'Your role changed.',
    payload: z.object({ accountSeq: id, role: z.enum(['user', 'moderator', 'superuser']) }),
    example: { accountSeq: 6, role: 'moderator' },
  },
  'account.changed': {
    says: 'Your profile changed: read it anew.',
    payload: z.object({ accountSeq: id }),
    example: { accountSeq: 7 },
  },
} as const satisfies Record<string, { says: string; payload: z.ZodType; example: unknown }>;

export type CommandName = keyof typeof COMMANDS;
export type FactName = keyof typeof FACTS;
export type CommandRequest<Name extends CommandName> = z.output<(typeof COMMANDS)[Name]['request']>;
export type CommandAck<Name extends CommandName> = z.output<(typeof COMMANDS)[Name]['ack']>;
export type FactPayload<Name extends FactName> = z.output<(typeof FACTS)[Name]['payload']>;

/** Type parameters for socket.io-client: `Socket<ServerToClient, ClientToServer>`. */
export type ServerToClient = { [Name in FactName]: (payload: FactPayload<Name>) => void };
export type ClientToServer = {
  [Name in CommandName]: (
    request: CommandRequest<Name>,
    ack: (
      answer:
        | CommandAck<Name>
        | { ok: false; problem: { code: string; status: number; title: string; [member: string]: unknown } },
    ) => void,
  ) => void;
};
