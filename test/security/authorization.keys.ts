import type { Scope } from '../../src/accounts/takes-key.decorator.js';

/** Which operations take an API key, and with which scope. What does not stand here takes none, and nobody can forget to decide. */
export const KEYED: Readonly<Record<string, Scope>> = {
  ...scope('users', 'listAccounts getMe changeMe getAccount'),
  ...scope('rooms', 'createRoom listRooms getRoom changeRoom deleteRoom openDirectRoom'),
  ...scope('rooms', 'joinRoom leaveRoom listMembers addMember removeMember'),
  ...scope('messages:read', 'listMessages searchMessages getMessage listRoomEvents getUnread listDelivered'),
  ...scope('messages:write', 'sendMessage editMessage deleteMessage markRead markUnread markDelivered'),
  ...scope('moderation', 'blockAccount listBlocks getBlock changeBlock liftBlock listAuditLog'),
  ...scope('tokens', 'issuePersonToken revokeTokens getSigning setSigning removeSigning'),
  ...scope('users', 'createImport getImport listImportLines'),
  ...scope('webhooks', 'createWebhook listWebhooks getWebhook changeWebhook deleteWebhook rotateWebhookSecret'),
  ...scope(
    'webhooks',
    'testWebhook listWebhookDeliveries replayWebhook listEvents getBeforeSend setBeforeSend removeBeforeSend',
  ),
  ...scope('moderation', 'listCases getCase claimCase releaseCase decideCase'),
  ...scope('moderation', 'listAppeals getAppeal'),
  ...scope('moderation', 'removeMessage restoreMessage deleteMessagesOf getDeletion warnAccount listSanctionsOf'),
};

function scope(name: Scope, operations: string): Record<string, Scope> {
  return Object.fromEntries(operations.split(' ').map((operation) => [operation, name]));
}
