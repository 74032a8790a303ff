import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PublicAccountView, RoomListItem } from '../../client/index.js';
import { client } from '../shared/session.js';
import { complain } from '../shared/toast.js';
import { PersonSign, RoomSign } from './signs.js';
import { changes, isMember, nameOf, titleOf } from './rooms.js';
import { go } from './route.js';
import { w } from './words.js';

const PAUSE_MS = 150;
const MOST = 20;

/** Opens the direct room with this person. */
export async function writeTo(person: PublicAccountView): Promise<void> {
  try {
    const { id } = await client.call('openDirectRoom', { path: { accountId: person.id } });
    client.rooms.refresh();
    go(id);
  } catch (error) {
    complain(error);
  }
}

/** People whose name begins so. */
export async function findPeople(query: string): Promise<PublicAccountView[]> {
  return (await client.call('listAccounts', { query: { query, limit: MOST } })).items;
}

/** What a word finds: rooms of one's own, open rooms, people. */
export function Results({ query }: { query: Signal<string> }) {
  void changes.value;
  const people = useSignal<PublicAccountView[]>([]);
  const open = useSignal<RoomListItem[]>([]);
  const word = query.value.trim().toLocaleLowerCase();
  const fits = (name: string) => name.toLocaleLowerCase().includes(word);
  useEffect(() => {
    const timer = setTimeout(async () => {
      const [found, rooms] = await Promise.all([
        findPeople(word.slice(0, 64)).catch(() => []),
        client.call('listRooms', { query: { view: 'open', limit: 200 } }).then(
          ({ items }) => items,
          () => [],
        ),
      ]);
      if (query.peek().trim().toLocaleLowerCase() !== word) return;
      people.value = found;
      open.value = rooms;
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [word]);
  const mine = client.rooms.list.flatMap(({ view }) => (view && fits(titleOf(view)) ? [view] : []));
  const others = open.value.filter(({ id, name }) => !isMember(id) && fits(name)).slice(0, MOST);
  const done = () => (query.value = '');
  if (mine.length + others.length + people.value.length === 0)
    return (
      <p class="dim pad" role="status">
        {w('search.none')}
      </p>
    );
  return (
    <>
      {[[w('search.mine'), mine] as const, [w('search.open'), others] as const].map(
        ([title, rooms]) =>
          rooms.length > 0 && (
            <section key={title}>
              <h2 class="dim">{title}</h2>
              <ul>
                {rooms.map((view) => (
                  <li key={view.id}>
                    <a class="entry one" href={`#/rooms/${view.id}`} onClick={done}>
                      <RoomSign view={view} />
                      <span class="entry-name">{titleOf(view)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          ),
      )}
      {people.value.length > 0 && (
        <section>
          <h2 class="dim">{w('search.people')}</h2>
          <ul>
            {people.value.map((person) => (
              <li key={person.id}>
                <button
                  type="button"
                  class="entry one"
                  onClick={() => {
                    done();
                    void writeTo(person);
                  }}
                >
                  <PersonSign person={person} />
                  <span class="entry-name">{nameOf(person)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
