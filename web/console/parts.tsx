import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PublicAccountView } from '../../client/index.js';
import { language, moment } from '../shared/i18n.js';
import { explain } from '../shared/problem-words.js';
import { t } from '../shared/words.js';
import type { Pages } from './pages.js';
import { nameOf } from './names.js';
import { addressOf } from './route.js';
import { c } from './words.js';

/** The heading of a place: it takes the focus when the place is entered, so that those who hear the page hear where they are. */
export function Heading({ children, focus = true }: { children: ComponentChildren; focus?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focus) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h2 ref={heading} tabIndex={-1} class="place-title">
      {children}
    </h2>
  );
}

export function When({ at, style = 'full' }: { at: string; style?: 'full' | 'time' }) {
  return <time dateTime={at}>{moment(at, style)}</time>;
}

/** How long ago, in the largest unit that says something. */
export function ago(seconds: number): string {
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto', style: 'short' });
  if (seconds < 60) return c('now');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86_400), 'day');
}

export function Who({ account }: { account: Pick<PublicAccountView, 'id' | 'username'> }) {
  return <a href={addressOf('people', account.id)}>{account.username}</a>;
}

/** A person of whom only the id is known; null is whoever runs the service. */
export function WhoIs({ id }: { id: number | null }) {
  return id === null ? <span>{c('operator')}</span> : <a href={addressOf('people', id)}>{nameOf(id)}</a>;
}

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <div class="mistakes" role="alert">
      {explain(error).map((line) => (
        <p key={line}>{line}</p>
      ))}
      {again && (
        <button type="button" onClick={again}>
          {t('try-again')}
        </button>
      )}
    </div>
  );
}

/** What stands below a list: that it is empty, that it failed, or how to read on. */
export function ListEnd<Item>({ pages, empty }: { pages: Pages<Item>; empty: string }) {
  if (pages.failure !== undefined) return <Failure error={pages.failure} again={pages.again} />;
  if (!pages.items) return <p class="dim">{t('loading')}</p>;
  if (pages.items.length === 0) return <p class="empty">{empty}</p>;
  if (!pages.hasMore) return null;
  return (
    <button type="button" onClick={pages.more}>
      {t('more')}
    </button>
  );
}

export function Tag({ children, kind = '' }: { children: ComponentChildren; kind?: '' | 'bad' | 'good' | 'wait' }) {
  return <span class={`tag ${kind}`}>{children}</span>;
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly (readonly [Value, string])[];
  onChoose: (value: Value) => void;
  name?: string;
}

export function Choice<Value extends string>({ label, value, options, onChoose, name }: ChoiceProps<Value>) {
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => onChoose(event.currentTarget.value as Value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one} selected={one === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
