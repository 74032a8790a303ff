import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Calls, PublicAccountView, Room } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { client } from '../shared/session.js';
import { complain } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { hide } from './dialogs.js';
import { PersonPicker } from './person-picker.js';
import { may, nameOf } from './rooms.js';
import { writeTo } from './search.js';
import { PersonSign } from './signs.js';
import { w } from './words.js';

type Member = Calls['listMembers']['answer']['items'][number];

/** Who is in the room; who may add or remove people does it here. */
export function Members({ room }: { room: Room }) {
  const members = useSignal<Member[] | undefined>(undefined);
  const next = useSignal<string | null>(null);
  const adding = useSignal(false);
  const leaving = useSignal<number | undefined>(undefined);
  const { view } = room;
  const load = async (cursor?: string) => {
    try {
      const page = await client.call('listMembers', {
        path: { roomId: room.id },
        query: { limit: 100, ...(cursor ? { cursor } : {}) },
      });
      members.value = [...(cursor ? (members.value ?? []) : []), ...page.items];
      next.value = page.next;
    } catch (error) {
      complain(error);
      hide();
    }
  };
  useEffect(() => {
    void load();
    return room.on('fact', ({ event }) => {
      if (event.startsWith('member.')) void load();
    });
  }, []);
  const change = async (name: 'addMember' | 'removeMember', person: PublicAccountView) => {
    try {
      await client.call(name, { path: { roomId: room.id, accountId: person.id } });
      adding.value = false;
      leaving.value = undefined;
      await load();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <Dialog title={w('members')} onClose={hide}>
      {view && may(view, 'add') && !adding.value && (
        <button type="button" onClick={() => (adding.value = true)}>
          {w('members.add')}
        </button>
      )}
      {adding.value && (
        <PersonPicker
          onPick={(person) => void change('addMember', person)}
          without={({ id }) => members.value?.some(({ account }) => account.id === id) ?? false}
        />
      )}
      {!members.value && <p class="dim">{t('loading')}</p>}
      <ul class="people">
        {members.value?.map(({ account, owner }) => (
          <li key={account.id} class="person">
            <PersonSign person={account} small />
            <span class="entry-name">
              {nameOf(account)}
              {owner && <small class="dim"> · {w('owner')}</small>}
            </span>
            {account.id !== client.me && (
              <button
                type="button"
                class="link"
                aria-label={w('write-to', { name: nameOf(account) })}
                onClick={() => {
                  hide();
                  void writeTo(account);
                }}
              >
                {w('write')}
              </button>
            )}
            {view && may(view, 'remove') && account.id !== client.me && (
              <button
                type="button"
                class={leaving.value === account.id ? 'danger' : 'link danger-text'}
                aria-label={w('members.remove', { name: nameOf(account) })}
                onClick={() =>
                  leaving.value === account.id ? void change('removeMember', account) : (leaving.value = account.id)
                }
              >
                {w('remove')}
              </button>
            )}
            {leaving.value === account.id && (
              <p class="dim" role="status">
                {w('members.remove.sure', { name: nameOf(account) })}
              </p>
            )}
          </li>
        ))}
      </ul>
      {next.value && (
        <button type="button" onClick={() => void load(next.value!)}>
          {t('more')}
        </button>
      )}
    </Dialog>
  );
}
