import type { AuditView } from '../../client/index.js';
import { client } from '../shared/session.js';
import { a } from './audit-words.js';
import { p } from './people-words.js';

interface Reversal {
  /** What it will do. */
  text: string;
  superuser: boolean;
  run: () => Promise<unknown>;
}

const ROLES = ['user', 'moderator', 'superuser'] as const;

/** The act that takes this one back; undefined where none does. It is a further act, with a row of its own. */
export function reversalOf({ action, target: { id }, before, after }: AuditView): Reversal | undefined {
  if (id === null) return undefined;
  if (action === 'block.create')
    return {
      text: a('reverse.block.create'),
      superuser: false,
      run: () => client.call('liftBlock', { path: { blockId: Number(after?.blockId) } }),
    };
  if (action === 'message.delete')
    return {
      text: a('reverse.message.delete'),
      superuser: true,
      run: () => client.call('restoreMessage', { path: { messageId: id } }),
    };
  const former = ROLES.find((role) => role === before?.role);
  if (action === 'role.change' && former)
    return {
      text: a('reverse.role.change', { role: p(`role.${former}`) }),
      superuser: true,
      run: () => client.call('changeRole', { path: { accountId: id }, body: { role: former } }),
    };
  if (action === 'room.freeze' && after?.frozen === true)
    return {
      text: a('reverse.room.freeze'),
      superuser: false,
      run: () => client.call('changeRoom', { path: { roomId: id }, body: { frozen: false } }),
    };
  return undefined;
}
