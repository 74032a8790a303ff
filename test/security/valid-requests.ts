import { AccessTokens } from '../../src/accounts/access.tokens.js';
import type { PlacedOperation } from '../../src/ops/openapi-document.js';
import type { Person, World } from '../support/world.js';
import { SCOPES } from '../../src/accounts/takes-key.decorator.js';
import type { ValidRequest } from './hostile-request.js';
import { plantCase } from './planted-case.js';

const SIGNING = { kind: 'hs256', audience: 'chat', keys: [{ kid: 'a', key: 'x'.repeat(32) }] };
const HOOK = { url: 'https://shop.example/hooks', onFailure: 'allow' };

interface Valid {
  params?: Record<string, number>;
  query?: string;
  body?: Record<string, unknown>;
  token?: string;
}

/** A request of every operation that reaches as far as it can: what is hostile is then the one thing wrong with it. */
export class ValidRequests {
  private count = 0;
  private serverKey: Promise<string> | undefined;
  private crowdedKey: Promise<string> | undefined;
  private serverWebhook: Promise<number> | undefined;

  private constructor(
    private readonly world: World,
    readonly root: Person,
    readonly quinn: Person,
    private readonly paula: Person,
    private readonly lola: Person,
    readonly lobby: number,
    private readonly doomed: number,
    private readonly den: number,
    private readonly message: number,
    private readonly moderated: { accountId: number; blockId: number; deletionId: number; messageId: number },
  ) {}

  static async prepare(world: World): Promise<ValidRequests> {
    const root = await world.person('root', { role: 'superuser' });
    const [quinn, paula, lola] = [await world.person('quinn'), await world.person('paula'), await world.person('lola')];
    const [lobby, doomed, den] = await Promise.all(
      ['lobby', 'doomed', 'den'].map(
        async (name) =>
          ((await root.http.post('/rooms', { name, preset: 'open', deliveredMarks: true })).body as { id: number }).id,
      ),
    );
    const message = (await root.http.post(`/rooms/${lobby}/messages`, { text: 'hello', clientId: 'first' })).body as {
      id: number;
    };
    const rude = { text: 'rude', clientId: 'rude' };
    const { id: messageId } = (await quinn.http.post(`/rooms/${lobby}/messages`, rude)).body as { id: number };
    const [row] = await world.database.query<{ accountId: number; blockId: number; deletionId: number }>(
      `WITH account AS (INSERT INTO accounts (username, username_key) VALUES ('mallory', 'mallory') RETURNING id),
         block AS (INSERT INTO blocks (account_id, mode, reason) SELECT id, 'mute', 'floods' FROM account RETURNING id),
         job AS (INSERT INTO jobs (kind, state, account_id, reason, created_by) SELECT 'message-deletion', 'done', id, 'floods', id FROM account RETURNING id)
       SELECT account.id AS "accountId", block.id AS "blockId", job.id AS "deletionId" FROM account, block, job`,
    );
    const moderated = { ...row!, messageId };
    return new ValidRequests(world, root, quinn, paula, lola, lobby!, doomed!, den!, message.id, moderated);
  }

  async of({ path, operation }: PlacedOperation): Promise<ValidRequest & { token: string }> {
    const { params = {}, query = '', body, token = this.root.token } = await this.parts(operation.operationId);
    const pathWith = (replaced?: string, spelled?: string) =>
      path.replace(/\{(\w+)\}/g, (_, name: string) => (name === replaced ? spelled! : String(params[name])));
    return { path: pathWith(), pathWith, query, body, token };
  }

  private async parts(operationId: string): Promise<Valid> {
    const [roomId, accountId, messageId] = [this.lobby, this.quinn.id, this.message];
    const inLobby = { params: { roomId } };
    const clientId = `valid-${++this.count}`;
    switch (operationId) {
      case 'register':
        return {
          body: {
            username: this.count === 1 ? 'registered' : `registered ${this.count % 3}`,
            password: 'long enough for all',
          },
        };
      case 'issueToken':
        return { body: { grant_type: 'password', username: 'quinn', password: this.quinn.password } };
      case 'setUp':
        return { body: { token: 'a guess', username: 'root', password: 'long enough for all' } };
      case 'changeMyPassword':
        return {
          body: { currentPassword: this.paula.password, newPassword: this.paula.password },
          token: this.paula.token,
        };
      case 'logout':
      case 'logoutEverywhere':
        return { token: (await this.session()).token };
      case 'endSession':
        return { params: { sessionId: (await this.session(this.root.id)).id } };
      case 'changeMe':
        return { body: { address: 'somewhere' } };
      case 'blockPersonally':
      case 'liftPersonalBlock':
        return { params: { accountId: this.moderated.accountId } };
      case 'getAccount':
      case 'openDirectRoom':
        return { params: { accountId } };
      case 'changeRole':
        return { params: { accountId }, body: { role: 'user' } };
      case 'createRoom':
        return { body: { name: 'another', preset: 'private' } };
      case 'deleteRoom':
        return { params: { roomId: this.doomed } };
      case 'changeRoom':
        return { params: { roomId: this.den }, body: { topic: 'tea' } };
      case 'joinRoom':
        return { ...inLobby, body: {} };
      case 'addMember':
      case 'removeMember':
        return { params: { roomId, accountId } };
      case 'sendMessage':
        return { ...inLobby, body: { text: 'hello', clientId } };
      case 'getMessage':
      case 'deleteMessage':
        return { params: { roomId, messageId } };
      case 'editMessage':
        return { params: { roomId, messageId }, body: { text: 'hello again', version: 1 } };
      case 'listRoomEvents':
        return { ...inLobby, query: 'after=0' };
      case 'searchMessages':
        return { ...inLobby, query: 'query=tea' };
      case 'leaveRoom':
        return { params: { roomId: this.den } };
      case 'markDelivered':
      case 'markRead':
      case 'markUnread':
        return { ...inLobby, body: { seq: 1 } };
      case 'getPresence':
        return { query: `accountIds=${accountId}` };
      case 'blockAccount':
        return { body: { accountId: this.moderated.accountId, reason: 'floods', mode: 'mute', scope: 'global' } };
      case 'getBlock':
      case 'liftBlock':
        return { params: { blockId: this.moderated.blockId } };
      case 'changeBlock':
        return { params: { blockId: this.moderated.blockId }, body: { reason: 'floods again' } };
      case 'removeMessage':
        return { params: { messageId: this.moderated.messageId }, body: { reason: 'rude' } };
      case 'restoreMessage':
        await this.world.database.query('UPDATE messages SET deleted_at = now(), deleted_by = $2 WHERE id = $1', [
          this.moderated.messageId,
          this.root.id,
        ]);
        return { params: { messageId: this.moderated.messageId } };
      case 'deleteMessagesOf':
        return { body: { accountId: this.moderated.accountId, reason: 'floods' } };
      case 'warnAccount':
        return { body: { accountId: this.moderated.accountId, reason: 'rude' } };
      case 'listSanctionsOf':
        return { params: { accountId: this.moderated.accountId } };
      case 'getMySanction':
        return { params: { sanctionId: await this.sanction() } };
      case 'fileAppeal':
        return { body: { sanctionId: await this.sanction(), text: 'it was not me' } };
      case 'getAppeal':
        return { params: { appealId: await this.appeal() } };
      case 'decideAppeal':
        return { params: { appealId: await this.appeal() }, body: { outcome: 'upheld', reason: 'it was him' } };
      case 'createFilter':
        return { body: { name: 'insults', kind: 'words', action: 'flag', entries: ['numskull'], enabled: false } };
      case 'dryRunFilters':
        return { body: { texts: ['hello'], filter: { kind: 'words', action: 'flag', entries: ['numskull'] } } };
      case 'getFilter':
      case 'listFilterEntries':
      case 'deleteFilter':
        return { params: { filterId: await this.filter() } };
      case 'changeFilter':
        return { params: { filterId: await this.filter() }, body: { name: 'rude words' } };
      case 'getDeletion':
        return { params: { deletionId: this.moderated.deletionId } };
      case 'fileReport':
        return { body: { target: { type: 'message', id: this.moderated.messageId }, reason: 'spam' } };
      case 'getCase':
      case 'releaseCase':
        return { params: { caseId: await plantCase(this.world.database, null) } };
      case 'claimCase':
        return { params: { caseId: await plantCase(this.world.database, null) }, body: {} };
      case 'decideCase':
        return {
          params: { caseId: await plantCase(this.world.database, null) },
          body: { action: 'dismiss', reason: 'nothing is wrong' },
        };
      case 'createKey':
        return { body: { name: 'a key', scopes: [] } };
      case 'getKey':
      case 'revokeKey':
        return { params: { keyId: (await this.key()).id } };
      case 'changeKey':
        return { params: { keyId: (await this.key()).id }, body: { name: 'another name' } };
      case 'issuePersonToken':
        return { body: { externalId: 'customer-1' }, token: await this.server() };
      case 'revokeTokens':
        return { body: { before: '2026-01-01T00:00:00Z' }, token: await this.server() };
      case 'setSigning':
        return { body: SIGNING, token: await this.server() };
      case 'getSigning': {
        const token = await this.server();
        await this.world.http.put('/integrations/signing', SIGNING, { headers: { authorization: `Bearer ${token}` } });
        return { token };
      }
      case 'removeSigning':
        return { token: await this.server() };
      case 'createImport':
        return { body: { items: [{ kind: 'person', externalId: 'customer-1' }] }, token: await this.server() };
      case 'getImport':
      case 'listImportLines':
        return { params: { importId: await this.import() }, token: await this.server() };
      case 'createWebhook':
        return { body: { url: HOOK.url }, token: await this.crowded() };
      case 'listWebhooks':
      case 'removeBeforeSend':
        return { token: await this.server() };
      case 'getWebhook':
      case 'testWebhook':
      case 'listWebhookDeliveries':
        return { params: { webhookId: await this.webhook() }, token: await this.server() };
      case 'changeWebhook':
        return { params: { webhookId: await this.webhook() }, body: { name: 'x' }, token: await this.server() };
      case 'deleteWebhook':
        return { params: { webhookId: await this.copyOf(await this.webhook()) }, token: await this.server() };
      case 'rotateWebhookSecret':
        return {
          params: { webhookId: await this.webhook() },
          body: { overlapSeconds: 60 },
          token: await this.server(),
        };
      case 'replayWebhook':
        return { params: { webhookId: await this.webhook() }, body: { from: 1 }, token: await this.server() };
      case 'listEvents':
        return { query: 'after=0', token: await this.server() };
      case 'setBeforeSend':
        return { body: HOOK, token: await this.server() };
      case 'getBeforeSend': {
        const token = await this.server();
        await this.world.http.put('/integrations/before-send', HOOK, { headers: { authorization: `Bearer ${token}` } });
        return { token };
      }
      case 'rotateKey':
        return { params: { keyId: (await this.key()).id }, body: { overlapSeconds: 60 } };
      default:
        return inLobby;
    }
  }

  /** An open appeal of mallory's. */
  private async appeal(): Promise<number> {
    const { accountId } = this.moderated;
    const [row] = await this.world.database.query<{ id: number }>(
      `INSERT INTO appeals (sanction_id, account_id, text) VALUES ($1, $2, 'it was not me') RETURNING id`,
      [await this.sanction(accountId), accountId],
    );
    return row!.id;
  }

  /** A warning by nobody. */
  private async sanction(accountId = this.root.id): Promise<number> {
    const [row] = await this.world.database.query<{ id: number }>(
      `INSERT INTO sanctions (account_id, kind, reason, source) VALUES ($1, 'warning', 'floods', 'own_initiative') RETURNING id`,
      [accountId],
    );
    return row!.id;
  }

  /** A key of a server that may everything. */
  private server(): Promise<string> {
    return (this.serverKey ??= this.root.http
      .post('/integrations/keys', { name: 'server', scopes: [...SCOPES] })
      .then((made) => (made.body as { key: string }).key));
  }

  /** An import of that server. */
  private async import(): Promise<number> {
    await this.server();
    const [row] = await this.world.database.query<{ id: number }>(
      `INSERT INTO imports (integrator_id, state, total)
       SELECT i.id, 'done', 0 FROM integrators i JOIN api_keys k ON k.integrator_id = i.id WHERE k.name = 'server' RETURNING id`,
    );
    return row!.id;
  }

  /** Another one, which soon has as many webhooks as it may. */
  private crowded(): Promise<string> {
    return (this.crowdedKey ??= this.root.http
      .post('/integrations/keys', { name: 'crowded', scopes: ['webhooks'] })
      .then((made) => (made.body as { key: string }).key));
  }

  private webhook(): Promise<number> {
    return (this.serverWebhook ??= this.server()
      .then((token) => {
        const headers = { authorization: `Bearer ${token}` };
        return this.world.http.post('/integrations/webhooks', { url: HOOK.url }, { headers });
      })
      .then((made) => (made.body as { id: number }).id));
  }

  private async copyOf(webhookId: number): Promise<number> {
    const [row] = await this.world.database.query<{ id: number }>(
      `INSERT INTO webhooks (integrator_id, name, url, rooms, sealed_secrets)
       SELECT integrator_id, name, url, rooms, sealed_secrets FROM webhooks WHERE id = $1 RETURNING id`,
      [webhookId],
    );
    return row!.id;
  }

  private async key(): Promise<{ id: number; key: string }> {
    const made = await this.root.http.post('/integrations/keys', { name: 'a key', scopes: [] });
    return made.body as { id: number; key: string };
  }

  /** A filter that is not in use. */
  private async filter(): Promise<number> {
    const [row] = await this.world.database.query<{ id: number }>(
      `INSERT INTO filters (name, kind, action, enabled, revision, created_by) VALUES ('insults', 'words', 'flag', false, 0, $1) RETURNING id`,
      [this.root.id],
    );
    return row!.id;
  }

  /** A session without the cost of a sign-in; of somebody who may be signed out everywhere, unless told. */
  private async session(accountId = this.lola.id): Promise<{ id: number; token: string }> {
    const [row] = await this.world.database.query<{ id: number; epoch: number }>(
      `INSERT INTO sessions (account_id, expires_at) VALUES ($1, now() + interval '1 day') RETURNING id, (SELECT epoch FROM accounts WHERE id = $1)`,
      [accountId],
    );
    return {
      id: row!.id,
      token: this.world.app
        .get(AccessTokens, { strict: false })
        .issue({ accountId, sessionId: row!.id, epoch: row!.epoch }),
    };
  }
}
