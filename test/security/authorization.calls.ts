import type { Role } from '../../src/accounts/actor.js';
import { type ActorName, type RoomRelation } from './authorization.table.js';
import { markOf, MISSING, type Scene } from './authorization.scene.js';
import { plantCase } from './planted-case.js';

/** One cell: who does it, and in which relation to what. */
export interface Cell {
  scene: Scene;
  actorName: ActorName;
  /** The id of the account that acts; of bob, whose tokens they were, for nobodies. */
  actor: number;
  relation: string;
  /** The room of the relation, where it is about rooms. */
  roomId: number;
}

/** How an operation is called, or with `body` alone a command. */
export interface Call {
  params?: Record<string, number>;
  query?: string;
  body?: unknown;
  /** Instead of the actor's own token: of somebody like him. */
  token?: string;
}

type Build = (cell: Cell) => Call | Promise<Call>;

const id = (cell: Cell, name: string) => cell.scene.person(name).id;
const relation = (cell: Cell) => cell.relation as RoomRelation;
const host = (cell: Cell) => id(cell, cell.relation.startsWith('own') ? 'alice' : 'carol');
const clientId = (cell: Cell) => `cell-${cell.scene.next()}`;
const text = (cell: Cell) => `said ${markOf(cell.relation)}`;

const inRoom: Build = ({ roomId }) => ({ params: { roomId } });
const about =
  (accountId: (cell: Cell) => number): Build =>
  (cell) => ({ params: { roomId: cell.roomId, accountId: accountId(cell) } });

const MESSAGES = {
  own: (cell: Cell) => cell.scene.plant(relation(cell), cell.actor),
  others: (cell: Cell) => cell.scene.plant(relation(cell), id(cell, 'peter')),
  across: (cell: Cell) => cell.scene.messageAcross(relation(cell)),
};
type Whose = keyof typeof MESSAGES;

const onMessage =
  (whose: Whose, body?: (cell: Cell) => unknown): Build =>
  async (cell) => ({
    params: { roomId: cell.roomId, messageId: await MESSAGES[whose](cell) },
    ...(body && { body: body(cell) }),
  });
const edited = (cell: Cell) => ({ text: text(cell), version: 1 });
const onMessageBySocket =
  (whose: Whose, body?: (cell: Cell) => object): Build =>
  async (cell) => ({
    body: { roomId: cell.roomId, messageId: await MESSAGES[whose](cell), ...body?.(cell) },
  });
const withThrowaway =
  (body?: object): Build =>
  async (cell) => {
    if (cell.actor === id(cell, 'bob') && cell.actorName !== 'member') return { body };
    return { body, token: (await cell.scene.throwaway(cell.actorName)).token };
  };
const toAccount = (cell: Cell): Call => ({
  params: { accountId: { self: cell.actor, other: id(cell, 'quinn'), missing: MISSING }[cell.relation]! },
});

/** Somebody of the role that the relation names, whom nothing else is about. */
const targetOf = (cell: Cell): number | Promise<number> => {
  if (cell.relation === 'self') return cell.actor;
  if (cell.relation === 'missing') return MISSING;
  return cell.scene.bystander(cell.relation === 'over' ? 'user' : (cell.relation as Role));
};
const onBlock =
  (body?: object): Build =>
  async (cell) => {
    if (cell.relation === 'missing') return { params: { blockId: MISSING }, body };
    const [block] = await cell.scene.world.database.query<{ id: number }>(
      `INSERT INTO blocks (account_id, mode, reason, lifted_at) VALUES ($1, 'mute', 'floods', CASE WHEN $2 THEN now() END) RETURNING id`,
      [await targetOf(cell), cell.relation === 'over'],
    );
    return { params: { blockId: block!.id }, body };
  };

/** A warning of the actor, of somebody else, or none. */
const sanctionIn = async (cell: Cell): Promise<number> =>
  cell.relation === 'missing'
    ? MISSING
    : await plantSanction(cell, cell.relation === 'own' ? cell.actor : id(cell, 'quinn'));

/** An appeal of the actor, of somebody of the role that the relation names, or none. */
const appealIn = async (cell: Cell): Promise<number> => {
  if (cell.relation === 'missing') return MISSING;
  const accountId = cell.relation === 'own' ? cell.actor : await targetOf(cell);
  const [row] = await cell.scene.world.database.query<{ id: number }>(
    `INSERT INTO appeals (sanction_id, account_id, text) VALUES ($1, $2, 'it was not me') RETURNING id`,
    [await plantSanction(cell, accountId), accountId],
  );
  return row!.id;
};

const plantSanction = async (cell: Cell, accountId: number): Promise<number> => {
  const [row] = await cell.scene.world.database.query<{ id: number }>(
    `INSERT INTO sanctions (account_id, kind, reason, source) VALUES ($1, 'warning', 'floods', 'own_initiative') RETURNING id`,
    [accountId],
  );
  return row!.id;
};
/** A case about nobody, about the actor, one that quinn has decided, or none. */
const onCase =
  (body?: object): Build =>
  async (cell) => {
    const { database } = cell.scene.world;
    const about = cell.relation === 'own' ? cell.actor : null;
    const decidedBy = cell.relation === 'decided' ? id(cell, 'quinn') : null;
    const caseId = cell.relation === 'missing' ? MISSING : await plantCase(database, about, decidedBy);
    return { params: { caseId }, body };
  };

const onKey =
  (body?: object): Build =>
  async (cell) => ({
    params: { keyId: cell.relation === 'missing' ? MISSING : (await cell.scene.key([])).id },
    ...(body && { body }),
  });

/** A filter that is not in use. */
const onFilter =
  (body?: object): Build =>
  async (cell) => {
    if (cell.relation === 'missing') return { params: { filterId: MISSING }, body };
    const [filter] = await cell.scene.world.database.query<{ id: number }>(
      `INSERT INTO filters (name, kind, action, enabled, revision, created_by) VALUES ('insults', 'words', 'refuse', false, 0, $1) RETURNING id`,
      [id(cell, 'quinn')],
    );
    return { params: { filterId: filter!.id }, body };
  };
const filteredRoom = async (cell: Cell): Promise<{ roomId?: number }> => {
  if (cell.relation === 'everywhere') return {};
  return { roomId: cell.relation === 'missing' ? MISSING : await cell.scene.room('private') };
};

/** How each row of the table is called. */
export const CALLS: Record<string, Build> = {
  getRoom: inRoom,
  changeRoom: (cell) => ({
    params: { roomId: cell.roomId },
    body: { topic: `changed ${markOf(cell.relation)} ${cell.scene.next()}` },
  }),
  'changeRoom:slow': (cell) => ({
    params: { roomId: cell.roomId },
    body: { slowModeSeconds: 0 },
  }),
  'changeRoom:marks': (cell) => ({
    params: { roomId: cell.roomId },
    body: { deliveredMarks: true },
  }),
  deleteRoom: inRoom,
  joinRoom: ({ roomId }) => ({ params: { roomId }, body: {} }),
  leaveRoom: inRoom,
  listMembers: inRoom,
  'addMember:stranger': about((cell) => id(cell, 'quinn')),
  'addMember:nobody': about(() => MISSING),
  'removeMember:member': about((cell) =>
    cell.relation === 'ownDirect'
      ? cell.actorName === 'member'
        ? host(cell)
        : id(cell, 'bob')
      : id(cell, cell.relation === 'direct' ? 'dave' : 'peter'),
  ),
  'removeMember:owner': about(host),
  'removeMember:self': about((cell) => cell.actor),
  'removeMember:absent': about((cell) => id(cell, 'quinn')),

  sendMessage: (cell) => ({ params: { roomId: cell.roomId }, body: { text: text(cell), clientId: clientId(cell) } }),
  'sendMessage:across': async (cell) => ({
    params: { roomId: cell.roomId },
    body: { text: text(cell), clientId: clientId(cell), replyTo: await MESSAGES.across(cell) },
  }),
  listMessages: inRoom,
  searchMessages: ({ roomId }) => ({ params: { roomId }, query: 'query=tea' }),
  getMessage: onMessage('others'),
  'getMessage:across': onMessage('across'),
  'editMessage:own': onMessage('own', edited),
  'editMessage:others': onMessage('others', edited),
  'editMessage:across': onMessage('across', edited),
  'deleteMessage:own': onMessage('own'),
  'deleteMessage:others': onMessage('others'),
  'deleteMessage:across': onMessage('across'),
  listRoomEvents: ({ roomId }) => ({ params: { roomId }, query: 'after=0' }),
  markRead: ({ roomId }) => ({ params: { roomId }, body: { seq: 1 } }),
  markDelivered: ({ roomId }) => ({ params: { roomId }, body: { seq: 1 } }),
  listDelivered: inRoom,
  markUnread: ({ roomId }) => ({ params: { roomId }, body: { seq: 1 } }),

  'message.send': (cell) => ({ body: { roomId: cell.roomId, text: text(cell), clientId: clientId(cell) } }),
  'message.send:across': async (cell) => ({
    body: { roomId: cell.roomId, text: text(cell), clientId: clientId(cell), replyTo: await MESSAGES.across(cell) },
  }),
  'message.edit:own': onMessageBySocket('own', edited),
  'message.edit:others': onMessageBySocket('others', edited),
  'message.edit:across': onMessageBySocket('across', edited),
  'message.delete:own': onMessageBySocket('own'),
  'message.delete:others': onMessageBySocket('others'),
  'message.delete:across': onMessageBySocket('across'),
  'room.resume': ({ roomId }) => ({ body: { roomId, after: 0 } }),
  'delivered.mark': ({ roomId }) => ({ body: { roomId, seq: 1 } }),
  'read.mark': ({ roomId }) => ({ body: { roomId, seq: 1 } }),

  'typing.start': ({ roomId }) => ({ body: { roomId } }),
  'typing.stop': ({ roomId }) => ({ body: { roomId } }),

  register: ({ scene }) => ({ body: { username: `registered ${scene.next()}`, password: 'long enough for all' } }),
  issueToken: (cell) =>
    cell.relation === 'right'
      ? { body: { grant_type: 'password', username: 'quinn', password: cell.scene.person('quinn').password } }
      : { body: { grant_type: 'password', username: `nobody ${cell.scene.next()}`, password: 'whatever it is' } },
  setUp: ({ scene }) => ({
    body: { token: 'a guess', username: `root ${scene.next()}`, password: 'long enough for all' },
  }),
  getLiveness: () => ({}),
  getReadiness: () => ({}),

  listAccounts: () => ({}),
  getMe: () => ({}),
  changeMe: ({ scene }) => ({ body: { address: `street ${scene.next()}` } }),
  changeMyPassword: async (cell) => {
    const newPassword = 'another long one';
    if (cell.actor === id(cell, 'bob') && cell.actorName !== 'member')
      return { body: { currentPassword: cell.scene.person('bob').password, newPassword } };
    const person = await cell.scene.throwaway(cell.actorName);
    return { body: { currentPassword: person.password, newPassword }, token: person.token };
  },
  getAccount: toAccount,
  changeRole: (cell) => ({ ...toAccount(cell), body: { role: 'moderator' } }),
  logout: withThrowaway(),
  logoutEverywhere: withThrowaway(),
  listSessions: () => ({}),
  endSession: async (cell) => {
    const sessionId =
      cell.relation === 'missing'
        ? MISSING
        : (await cell.scene.session(cell.relation === 'own' ? cell.actor : id(cell, 'quinn'))).id;
    return { params: { sessionId } };
  },
  issueTicket: () => ({}),

  createRoom: (cell) => {
    const members = { alone: [], with: [id(cell, 'quinn')], missing: [MISSING] }[cell.relation]!;
    return { body: { name: `made ${cell.scene.next()}`, preset: 'private', members } };
  },
  listRooms: ({ relation: view }) => ({ query: `view=${view}&limit=200` }),
  openDirectRoom: toAccount,
  getUnread: () => ({}),
  getPresence: (cell) => ({ query: `accountIds=${cell.relation === 'missing' ? MISSING : id(cell, 'quinn')}` }),
  'presence.watch': (cell) => ({ body: { accountIds: [cell.relation === 'missing' ? MISSING : id(cell, 'quinn')] } }),
  'presence.set': () => ({ body: { state: 'online' } }),

  listPersonalBlocks: () => ({}),
  blockPersonally: async (cell) => ({ params: { accountId: await targetOf(cell) } }),
  liftPersonalBlock: async (cell) => ({ params: { accountId: await targetOf(cell) } }),

  blockAccount: async (cell) => ({
    body: { accountId: await targetOf(cell), reason: 'floods', mode: 'mute', scope: 'global' },
  }),
  listBlocks: () => ({}),
  getBlock: onBlock(),
  changeBlock: onBlock({ reason: 'floods again' }),
  liftBlock: onBlock(),
  removeMessage: async (cell) => ({
    params: { messageId: cell.relation === 'missing' ? MISSING : await cell.scene.plant('private', id(cell, 'peter')) },
    body: { reason: 'rude' },
  }),
  restoreMessage: async (cell) => {
    if (cell.relation === 'missing') return { params: { messageId: MISSING } };
    const messageId = await cell.scene.plant('private', id(cell, 'peter'));
    await cell.scene.world.database.query('UPDATE messages SET deleted_at = now(), deleted_by = $2 WHERE id = $1', [
      messageId,
      id(cell, 'mod'),
    ]);
    return { params: { messageId } };
  },
  deleteMessagesOf: async (cell) => ({ body: { accountId: await targetOf(cell), reason: 'floods' } }),
  getDeletion: async (cell) => {
    if (cell.relation === 'missing') return { params: { deletionId: MISSING } };
    const [job] = await cell.scene.world.database.query<{ id: number }>(
      `INSERT INTO jobs (kind, state, account_id, reason, created_by) VALUES ('message-deletion', 'done', $1, 'floods', $1) RETURNING id`,
      [id(cell, 'quinn')],
    );
    return { params: { deletionId: job!.id } };
  },
  listAuditLog: () => ({}),
  getModerationHealth: () => ({}),
  createFilter: async (cell) => ({
    body: {
      name: 'insults',
      kind: 'words',
      action: 'refuse',
      entries: ['numskull'],
      enabled: false,
      ...(await filteredRoom(cell)),
    },
  }),
  dryRunFilters: async (cell) => ({ body: { texts: ['a text'], ...(await filteredRoom(cell)) } }),
  listFilters: () => ({}),
  getFilter: onFilter(),
  listFilterEntries: onFilter(),
  changeFilter: onFilter({ name: 'rude words' }),
  deleteFilter: onFilter(),
  warnAccount: async (cell) => ({ body: { accountId: await targetOf(cell), reason: 'rude' } }),
  listSanctionsOf: async (cell) => ({ params: { accountId: await targetOf(cell) } }),
  listMySanctions: () => ({}),
  getMySanction: async (cell) => ({ params: { sanctionId: await sanctionIn(cell) } }),
  fileAppeal: async (cell) => ({ body: { sanctionId: await sanctionIn(cell), text: 'it was not me' } }),
  listAppeals: () => ({}),
  getAppeal: async (cell) => ({ params: { appealId: await appealIn(cell) } }),
  decideAppeal: async (cell) => ({
    params: { appealId: await appealIn(cell) },
    body: { outcome: 'granted', reason: 'it was not him' },
  }),

  fileReport: async (cell) => {
    const author = cell.relation === 'own' ? cell.actor : id(cell, 'peter');
    const messageId =
      cell.relation === 'missing'
        ? MISSING
        : await cell.scene.plant(cell.relation === 'hidden' ? 'private' : 'open', author);
    return { body: { target: { type: 'message', id: messageId }, reason: 'spam' } };
  },
  listReports: () => ({}),
  listCases: () => ({}),
  getCase: onCase(),
  claimCase: onCase({}),
  releaseCase: onCase(),
  decideCase: onCase({ action: 'dismiss', reason: 'nothing is wrong' }),
  createKey: (cell) => ({
    body: {
      name: `key ${cell.scene.next()}`,
      scopes: ['rooms'],
      ...(cell.relation === 'missing' && { integratorId: MISSING }),
    },
  }),
  listKeys: () => ({}),
  getKey: onKey(),
  changeKey: onKey({ name: 'another name' }),
  rotateKey: onKey({ overlapSeconds: 60 }),
  revokeKey: onKey(),
  issuePersonToken: () => ({ body: { externalId: 'customer-1' } }),
  revokeTokens: () => ({ body: { before: '2026-01-01T00:00:00Z' } }),
  getSigning: () => ({}),
  setSigning: () => ({ body: { kind: 'hs256', audience: 'chat', keys: [{ kid: 'a', key: 'x'.repeat(32) }] } }),
  removeSigning: () => ({}),
  createImport: () => ({ body: { items: [{ kind: 'person', externalId: 'customer-1' }] } }),
  getImport: async (cell) => ({ params: { importId: await importIn(cell) } }),
  listImportLines: async (cell) => ({ params: { importId: await importIn(cell) } }),
  createWebhook: () => ({ body: { url: 'https://shop.example/hooks' } }),
  listWebhooks: () => ({}),
  getWebhook: () => ({ params: { webhookId: MISSING } }),
  changeWebhook: () => ({ params: { webhookId: MISSING }, body: { name: 'another name' } }),
  deleteWebhook: () => ({ params: { webhookId: MISSING } }),
  rotateWebhookSecret: () => ({ params: { webhookId: MISSING }, body: { overlapSeconds: 60 } }),
  testWebhook: () => ({ params: { webhookId: MISSING } }),
  listWebhookDeliveries: () => ({ params: { webhookId: MISSING } }),
  replayWebhook: () => ({ params: { webhookId: MISSING }, body: { from: 1 } }),
  listEvents: () => ({ query: 'after=0' }),
  getBeforeSend: () => ({}),
  setBeforeSend: () => ({ body: { url: 'https://shop.example/hooks', onFailure: 'allow' } }),
  removeBeforeSend: () => ({}),

  'session.renew': async (cell) => {
    if (cell.relation === 'expired' || cell.relation === 'ended')
      return { body: { token: cell.scene.actor(cell.relation).token } };
    return {
      body: {
        token: cell.relation === 'own' ? cell.scene.actor(cell.actorName).token : cell.scene.person('quinn').token,
      },
    };
  },
};

/** An import of some integrator. */
async function importIn({ relation: which, scene }: Cell): Promise<number> {
  if (which === 'missing') return MISSING;
  const key = await scene.key(['users']);
  const [row] = await scene.world.database.query<{ id: number }>(
    `INSERT INTO imports (integrator_id, state, total) SELECT integrator_id, 'done', 0 FROM api_keys WHERE id = $1 RETURNING id`,
    [key.id],
  );
  return row!.id;
}
