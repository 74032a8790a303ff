import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { PublicAccountView } from '../../client/index.js';
import { nameOf } from './rooms.js';
import { findPeople } from './search.js';
import { PersonSign } from './signs.js';
import { w } from './words.js';

const PAUSE_MS = 150;

interface PersonPickerProps {
  onPick: (person: PublicAccountView) => void;
  without?: (person: PublicAccountView) => boolean;
}

/** Finds a person by the beginning of a name. */
export function PersonPicker({ onPick, without = () => false }: PersonPickerProps) {
  const word = useSignal('');
  const found = useSignal<PublicAccountView[] | undefined>(undefined);
  useEffect(() => {
    if (!word.value.trim()) return void (found.value = undefined);
    const asked = word.value;
    const timer = setTimeout(async () => {
      const people = await findPeople(asked.trim()).catch(() => []);
      if (word.peek() === asked) found.value = people;
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [word.value]);
  const people = found.value?.filter((person) => !without(person));
  return (
    <div class="picker">
      <label>
        {w('person.find')}
        <input
          autocomplete="off"
          maxLength={64}
          value={word.value}
          onInput={(event) => (word.value = event.currentTarget.value)}
        />
      </label>
      <p class="sr" role="status">
        {people?.length === 0 ? w('search.none') : ''}
      </p>
      {people?.length === 0 && (
        <p class="dim" aria-hidden="true">
          {w('search.none')}
        </p>
      )}
      {people && people.length > 0 && (
        <ul class="people">
          {people.map((person) => (
            <li key={person.id}>
              <button type="button" class="entry one" onClick={() => onPick(person)}>
                <PersonSign person={person} small />
                <span class="entry-name">{nameOf(person)}</span>
                <span class="dim">@{person.username}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
