import { z } from 'zod';
import { anId, messageText, MOST_VERSION, newMessage } from '../messaging/message.schema.js';
import { MOST_WATCHED, presence } from './presence.schema.js';

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
  hidden: z.boolean().optional(),
});
const readState = z.object({
  roomId: id,
  readSeq: seq,
  headSeq: seq,
  unreadCount: z.int().min(0),
  mentionCount: z.int().min(0),
});
const mention = z.object({ accountSeq: id, roomId: id, messageId: id, messageSeq: id, mentionCount: z.int().min(0) });
const inRoom = { roomId: id, seq: id };
const face = z.object({
  name: z.string(),
  topic: z.string(),
  link: z.string(),
  hasPassword: z.boolean(),
  capacity: z.int().nullable(),
  slowModeSeconds: z.int().min(0),
  deliveredMarks: z.boolean(),
  ownerId: id.nullable(),
});
const caseTarget = z.object({
  type: z.enum(['message', 'room', 'account', 'held_message']),
  id,
  roomId: id.nullable(),
});
const moderator = z.object({ id, username: z.string() });
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
  'delivered.mark': {
    says:
      'Say that everything of a room up to a seq has reached this device; an older seq changes nothing, and a read mark says it too. Only in rooms with ' +
      '`deliveredMarks`. The ack comes before the mark is kept, a second later at most: after a reconnect say it again.',
    request: z.strictObject({ roomId: id, seq }),
    ack: z.object({ ok: z.literal(true), roomId: id, deliveredSeq: seq }),
    example: { roomId: 17, seq: 43 },
  },
  'presence.watch': {
    says:
      'Watch up to 200 people; the list takes the place of the one before, an empty one ends it. The ack tells what they are now, changes follow as ' +
      '`presence.changed`. People you share no room with are left out.',
    request: z.strictObject({ accountIds: z.array(id).max(MOST_WATCHED) }),
    ack: z.object({ ok: z.literal(true), people: z.array(presence) }),
    example: { accountIds: [17, 18] },
  },
  'presence.set': {
    says: 'Say that you are away from this device, or back. You are `away` to others when all your sockets are.',
    request: z.strictObject({ state: z.enum(['online', 'away']) }),
    ack: z.object({ ok: z.literal(true) }),
    example: { state: 'away' },
  },
  'typing.start': {
    says: 'Say that you are typing in a room where you may post; repeat it every three seconds or so while you are. Sending the message ends it.',
    request: z.strictObject({ roomId: id }),
    ack: z.object({ ok: z.literal(true) }),
    example: { roomId: 17 },
  },
  'typing.stop': {
    says: 'Say that you have stopped typing without sending anything.',
    request: z.strictObject({ roomId: id }),
    ack: z.object({ ok: z.literal(true) }),
    example: { roomId: 17 },
  },
  'session.renew': {
    says: 'Give a fresh access token of the same account before the old one expires; the socket stays open.',
    request: z.strictObject({ token: z.string().min(1).max(4096) }),
    ack: z.object({ ok: z.literal(true), expiresAt: time }),
    example: { token: 'eyJhbGciOiJIUzI1NiJ9…' },
  },
} as const satisfies Record<string, { says: string; request: z.ZodType; ack: z.ZodType; example: unknown }>;

/**
 * What a client may hear. Facts of a room's log carry `roomId` and `seq`, each seq once and in order; facts of the account carry `accountSeq`. Facts
 * with neither are told in passing and may be missed.
 */
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
        'rate_abuse',
        'draining',
      ]),
    }),
    example: { reason: 'logout' },
  },
  'server.draining': {
    says:
      'The last fact of a node that is about to stop: everything it had begun is answered. The connection then ends as a lost one does; open another after ' +
      '`reconnectAfter` seconds, up to three, and `room.resume`. What has no ack is sent again with the same clientId.',
    payload: z.object({ reconnectAfter: z.number().min(0).max(3) }),
    example: { reconnectAfter: 0.42 },
  },
  'message.sent': {
    says: 'A message was stored. Where you have blocked its author personally it carries `hidden: true`, as do edited and restored ones.',
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
    says: 'Name, topic, link, password, capacity, slow mode, delivered marks or owner of the room changed; the face is the present one.',
    payload: z.object({ ...inRoom, room: face }),
    example: {
      roomId: 17,
      seq: 47,
      room: {
        name: 'lobby',
        topic: 'Tea at five',
        link: '',
        hasPassword: false,
        capacity: 40,
        slowModeSeconds: 30,
        deliveredMarks: false,
        ownerId: 17,
      },
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
    example: { accountSeq: 5, roomId: 17, readSeq: 43, headSeq: 43, unreadCount: 0, mentionCount: 0 },
  },
  'delivered.marked': {
    says:
      'In a room with `deliveredMarks`: everything up to `deliveredSeq` has reached a device of another member. Told in passing, at most once a second a person and ' +
      'node, to members alone, and not between two of whom one has blocked the other personally; `GET /rooms/{roomId}/delivered` has them all.',
    payload: z.object({ roomId: id, accountId: id, deliveredSeq: seq }),
    example: { roomId: 17, accountId: 18, deliveredSeq: 43 },
  },
  'mention.added': {
    says:
      'A message mentions you: it has `@` and your user name in it, and you are in the room. `mentionCount` is how many unread messages of the room do. ' +
      'Comes shortly after `message.sent`, or `message.edited`.',
    payload: mention,
    example: { accountSeq: 10, roomId: 17, messageId: 4098, messageSeq: 43, mentionCount: 1 },
  },
  'mention.removed': {
    says: 'A message mentions you no longer, because it was changed or deleted.',
    payload: mention,
    example: { accountSeq: 11, roomId: 17, messageId: 4098, messageSeq: 43, mentionCount: 0 },
  },
  'presence.changed': {
    says:
      'People you watch have changed, told once a second at most. `unknown` means that it cannot be known at the moment, such as while Redis is away, or that ' +
      'you no longer share a room: never take it for `offline`.',
    payload: z.object({ people: z.array(presence) }),
    example: { people: [{ accountId: 18, state: 'offline', lastSeenAt: '2026-11-20T18:04:11.512Z' }] },
  },
  'typing.started': {
    says: 'Somebody else is typing in the room. It is over after `typing.stopped`, after his next message there, and six seconds after the last `typing.started`.',
    payload: z.object({ roomId: id, account }),
    example: { roomId: 17, account: { id: 18, username: 'bob', firstName: '', lastName: '' } },
  },
  'typing.stopped': {
    says: 'Somebody is no longer typing.',
    payload: z.object({ roomId: id, account }),
    example: { roomId: 17, account: { id: 18, username: 'bob', firstName: '', lastName: '' } },
  },
  'account.blocked': {
    says:
      'A moderator blocked you, or changed the block `blockId`: everywhere, or in the room where `roomId` is given. `mute` leaves reading, `read_only` reading ' +
      'and leaving, `full` nothing: without a room the socket closes with `session.ended`. `sanctionId` is the statement of reasons.',
    payload: z.object({
      accountSeq: id,
      blockId: id,
      sanctionId: id.optional(),
      mode: z.enum(['mute', 'read_only', 'full']),
      roomId: id.nullable(),
      reason: z.string(),
      expiresAt: time.nullable(),
    }),
    example: {
      accountSeq: 8,
      blockId: 3,
      sanctionId: 31,
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
  'account.warned': {
    says: 'A moderator warned you; nothing was taken away. `sanctionId` is the statement of reasons.',
    payload: z.object({ accountSeq: id, sanctionId: id, reason: z.string(), messageId: id.nullable() }),
    example: { accountSeq: 10, sanctionId: 32, reason: 'Please keep advertising out of the lobby', messageId: 4098 },
  },
  'account.sanctioned': {
    says:
      'A moderator deleted messages of yours or removed you from a room: in the room `roomId`, or everywhere without one. `sanctionId` is the statement of ' +
      'reasons. What happens in the room is told by facts of its own.',
    payload: z.object({
      accountSeq: id,
      sanctionId: id,
      kind: z.enum(['message_deletion', 'room_removal']),
      roomId: id.nullable(),
    }),
    example: { accountSeq: 11, sanctionId: 33, kind: 'message_deletion', roomId: 17 },
  },
  'report.opened': {
    says:
      'To moderators: something was reported, or noticed by a filter, and waits for a decision as the case `caseId`. Further reports of the same target are not ' +
      'told one by one: the queue counts them.',
    payload: z.object({
      accountSeq: id,
      caseId: id,
      source: z.enum(['report', 'filter']),
      target: caseTarget,
      reason: z.string(),
    }),
    example: {
      accountSeq: 12,
      caseId: 7,
      source: 'report',
      target: { type: 'message', id: 4098, roomId: 17 },
      reason: 'spam',
    },
  },
  'report.claimed': {
    says: 'To moderators: somebody deals with the case until the time given, or, with `claim: null`, nobody any more.',
    payload: z.object({
      accountSeq: id,
      caseId: id,
      claim: z.object({ by: moderator, until: time }).nullable(),
    }),
    example: {
      accountSeq: 13,
      caseId: 7,
      claim: { by: { id: 17, username: 'mod' }, until: '2026-11-20T18:19:11.512Z' },
    },
  },
  'report.decided': {
    says: 'To moderators: the case was decided.',
    payload: z.object({
      accountSeq: id,
      caseId: id,
      target: caseTarget,
      action: z.string(),
      by: moderator,
      decidedAt: time,
    }),
    example: {
      accountSeq: 14,
      caseId: 7,
      target: { type: 'message', id: 4098, roomId: 17 },
      action: 'mute',
      by: { id: 17, username: 'mod' },
      decidedAt: '2026-11-20T18:06:40.027Z',
    },
  },
  'report.outcome': {
    says: 'Your report `reportId` was decided: the moderators acted, or found nothing to do.',
    payload: z.object({
      accountSeq: id,
      reportId: id,
      target: caseTarget,
      outcome: z.enum(['acted', 'dismissed']),
    }),
    example: {
      accountSeq: 4,
      reportId: 31,
      target: { type: 'message', id: 4098, roomId: 17 },
      outcome: 'acted',
    },
  },
  'personal-block.added': {
    says:
      'You blocked the account `accountId` personally, on whichever device: its messages come with `hidden: true` from now on. ' +
      'Mark those you have by `author.id`.',
    payload: z.object({ accountSeq: id, accountId: id }),
    example: { accountSeq: 10, accountId: 18 },
  },
  'personal-block.removed': {
    says: 'You lifted your personal block of the account `accountId`, on whichever device: its messages are no longer hidden.',
    payload: z.object({ accountSeq: id, accountId: id }),
    example: { accountSeq: 11, accountId: 18 },
  },
  'appeal.opened': {
    says: 'To moderators: somebody appeals against a sanction.',
    payload: z.object({
      accountSeq: id,
      appealId: id,
      sanctionId: id,
      kind: z.enum(['block', 'warning', 'message_deletion', 'room_removal']),
      account,
    }),
    example: {
      accountSeq: 12,
      appealId: 6,
      sanctionId: 31,
      kind: 'block',
      account: { id: 18, username: 'bob', firstName: '', lastName: '' },
    },
  },
  'appeal.decided': {
    says: 'To moderators: the appeal was decided.',
    payload: z.object({
      accountSeq: id,
      appealId: id,
      sanctionId: id,
      outcome: z.enum(['upheld', 'granted']),
      decidedBy: z.object({ id, username: z.string() }),
      decidedAt: time,
    }),
    example: {
      accountSeq: 13,
      appealId: 6,
      sanctionId: 31,
      outcome: 'granted',
      decidedBy: { id: 17, username: 'mod' },
      decidedAt: '2026-11-21T10:06:40.027Z',
    },
  },
  'appeal.outcome': {
    says: 'Your appeal was decided: the sanction stays (`upheld`) or was taken back (`granted`).',
    payload: z.object({
      accountSeq: id,
      appealId: id,
      sanctionId: id,
      outcome: z.enum(['upheld', 'granted']),
      reason: z.string(),
    }),
    example: { accountSeq: 14, appealId: 6, sanctionId: 31, outcome: 'upheld', reason: 'It was advertising.' },
  },
  'held.outcome': {
    says:
      'A moderator decided about your message that was held: `released`, it was sent and stands in the room under the same `clientId`; `discarded`, nobody ' +
      'will read it.',
    payload: z.object({
      accountSeq: id,
      heldId: id,
      roomId: id,
      clientId: z.string(),
      outcome: z.enum(['released', 'discarded']),
    }),
    example: {
      accountSeq: 10,
      heldId: 12,
      roomId: 17,
      clientId: '3f0c9c1e-8d2f-4f0e-9a53-5d1f6b0f7a11',
      outcome: 'released',
    },
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
