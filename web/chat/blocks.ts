/** The blocks that moderators have laid on me, so that the page says beforehand what the service would refuse. */
import { signal } from '@preact/signals';
import { client } from '../shared/session.js';

interface OwnBlock {
  blockId: number;
  mode: 'mute' | 'read_only' | 'full';
  roomId: number | null;
  reason: string;
  expiresAt: string | null;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const blocks = signal<readonly OwnBlock[]>([]);

client.on('account.blocked', (block) => put(block));
client.on('account.unblocked', ({ blockId }) => drop(blockId));
client.on('connection', ({ state }) => {
  if (state === 'online') void read();
});

/** What forbids me to write in this room, if a block does. */
export function blockIn(roomId: number): OwnBlock | undefined {
  return blocks.value.find((block) => block.roomId === null || block.roomId === roomId);
}

function put(block: OwnBlock): void {
  drop(block.blockId);
  blocks.value = [...blocks.value, block];
  if (block.expiresAt === null) return;
  const left = Date.parse(block.expiresAt) - Date.now();
  setTimeout(() => drop(block.blockId, block.expiresAt), Math.min(Math.max(left, 0), LONGEST_TIMER_MS));
}

function drop(blockId: number, expiresAt?: string | null): void {
  blocks.value = blocks.value.filter(
    (block) => block.blockId !== blockId || (expiresAt !== undefined && block.expiresAt !== expiresAt),
  );
}

async function read(): Promise<void> {
  try {
    const { items } = await client.call('listMySanctions', { query: { limit: 50 } });
    blocks.value = [];
    for (const { kind, state, mode, scope, reason, expiresAt, blockId } of items)
      if (kind === 'block' && state === 'in_force' && mode !== null && blockId !== null)
        put({ blockId, mode, roomId: scope === 'global' ? null : scope, reason: reason ?? '', expiresAt });
  } catch {
    // The service then says it when a message is refused.
  }
}
