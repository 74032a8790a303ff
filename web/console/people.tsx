import { useEffect, useState } from 'preact/hooks';
import type { PublicAccountView } from '../../client/index.js';
import { client, me } from '../shared/session.js';
import { usePages } from './pages.js';
import { Heading, ListEnd, Tag } from './parts.js';
import { PersonPage } from './person.js';
import { p } from './people-words.js';
import { addressOf, go, route } from './route.js';
import { c } from './words.js';

const SETTLE_MS = 200;

/** People: a search, and the one who is open. */
export function People() {
  const { id } = route.value;
  return id === undefined ? <PeopleList /> : <PersonPage key={id} accountId={id} />;
}

function PeopleList() {
  const query = route.value.query.get('query') ?? '';
  const pages = usePages<PublicAccountView>(query, (cursor) =>
    client.call('listAccounts', { query: { limit: 50, ...(query && { query }), ...(cursor && { cursor }) } }),
  );
  return (
    <div class="place">
      <Heading>{c('people')}</Heading>
      <Search
        label={p('search')}
        value={query}
        onSearch={(text) => go(addressOf('people', undefined, { query: text }), true)}
      />
      <ul class="rows">
        {pages.items?.map((one) => (
          <li key={one.id}>
            <a class="row" href={addressOf('people', one.id)}>
              <span class="row-top">
                <b>{one.username}</b>
                <small class="dim">#{one.id}</small>
              </span>
              {(one.firstName || one.lastName) && (
                <span class="dim">
                  {one.firstName} {one.lastName}
                </span>
              )}
              {one.id === me.value?.id && <Tag kind="good">{p('self.hint')}</Tag>}
            </a>
          </li>
        ))}
      </ul>
      <ListEnd pages={pages} empty={p('none')} />
    </div>
  );
}

/** A field that searches while it is written in. */
export function Search({ label, value, onSearch }: { label: string; value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSearch(text.trim()), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label>
      {label}
      <input type="search" maxLength={64} value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
    </label>
  );
}
