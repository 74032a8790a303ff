import type { PendingMessage, RoomMessage } from '../../client/index.js';
import { button, element } from './dom.js';
import type { LogActs, LogState } from './log.view.js';
import { refusalText } from './refusals.js';
import { type Language, type Words, WORDS } from './words.js';

/** One row of the log: `look` changes whenever it has to be drawn anew. */
export interface LogRow {
  key: string;
  look: string;
  make(acts: LogActs): HTMLElement;
}

/** Messages of one author within this time are one group. */
const GROUP_MS = 5 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** What the log shows: days, messages grouped by author, then what is on its way. */
export function rowsOf({ messages, pending, me, loaded }: LogState, language: Language): LogRow[] {
  const words = WORDS[language];
  const rows: LogRow[] = [];
  let before: RoomMessage | undefined;
  for (const message of messages) {
    const isNewDay = !before || dayOf(before) !== dayOf(message);
    if (isNewDay) rows.push(dayRow(message, language));
    const isFirst =
      isNewDay ||
      before?.author.id !== message.author.id ||
      Date.parse(message.createdAt) - Date.parse(before.createdAt) > GROUP_MS;
    rows.push(messageRow(message, { isFirst, isOwn: message.author.id === me, language }));
    before = message;
  }
  const isStored = new Set(messages.filter(({ author }) => author.id === me).map(({ clientId }) => clientId));
  for (const message of pending) if (!isStored.has(message.clientId)) rows.push(pendingRow(message, language));
  if (rows.length === 0) {
    const text = loaded ? words.empty : words.loading;
    rows.push({ key: 'empty', look: text, make: () => element('li', { class: 'empty' }, text) });
  }
  return rows;
}

/** How somebody is called: by his names, else by his user name. */
export function nameOf({ firstName, lastName, username }: RoomMessage['author']): string {
  return `${firstName} ${lastName}`.trim() || username;
}

function messageRow(
  message: RoomMessage,
  { isFirst, isOwn, language }: { isFirst: boolean; isOwn: boolean; language: Language },
): LogRow {
  const words = WORDS[language];
  const { id, version, deleted, hidden = false, editedAt, createdAt } = message;
  const text = deleted ? words.deleted : hidden ? words.hidden : message.text;
  const name = isOwn ? words.you : nameOf(message.author);
  return {
    key: `m${id}`,
    look: [version, deleted, hidden, isFirst, isOwn, name].join(),
    make: () => {
      const kinds = ['message', isOwn && 'own', isFirst && 'first', deleted && 'deleted', hidden && 'hidden'];
      const edited = editedAt !== null && !deleted ? `${words.edited} · ` : '';
      const time = element('time', { datetime: createdAt }, clockOf(createdAt, language));
      return element(
        'li',
        { class: kinds.filter(Boolean).join(' '), part: isOwn ? 'message own' : 'message' },
        element('span', { class: isFirst && !isOwn ? 'author' : 'unseen' }, name),
        bubble(text, element('span', { class: 'meta' }, edited, time)),
      );
    },
  };
}

function pendingRow(message: PendingMessage, language: Language): LogRow {
  const { clientId, text, state } = message;
  const said = stateOf(message, language);
  return {
    key: `p${clientId}`,
    look: said,
    make: (acts) => {
      const words = WORDS[language];
      const line = element('span', { class: 'state' }, said);
      if (state === 'failed')
        line.append(
          ' ',
          element(
            'span',
            { class: 'acts' },
            button(words.retry, () => acts.retry(clientId)),
            button(words.discard, () => acts.discard(clientId)),
          ),
        );
      return element(
        'li',
        { class: `message own first pending ${state}`, part: 'message own pending' },
        element('span', { class: 'unseen' }, words.you),
        bubble(text),
        line,
      );
    },
  };
}

function stateOf({ state, problem, retryAt = 0 }: PendingMessage, language: Language): string {
  const words = WORDS[language];
  if (state === 'failed') return `${words.failed} ${problem ? refusalText(problem, language) : ''}`.trim();
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  if (!problem || seconds <= 0) return words.sending;
  return problem.code === 'room/slow-mode' ? words.slow(seconds) : words.queued(seconds);
}

function bubble(text: string, ...more: HTMLElement[]): HTMLElement {
  return element('div', { class: 'bubble', part: 'bubble' }, element('span', { class: 'text' }, text), ...more);
}

function dayRow({ createdAt }: RoomMessage, language: Language): LogRow {
  const name = dayName(new Date(createdAt), WORDS[language], language);
  return {
    key: `d${new Date(createdAt).toDateString()}`,
    look: name,
    make: () => element('li', { class: 'day' }, name),
  };
}

function dayName(date: Date, words: Words, language: Language): string {
  const daysAgo = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / DAY_MS);
  if (daysAgo === 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleDateString(language, {
    day: 'numeric',
    month: 'long',
    ...(isThisYear ? {} : { year: 'numeric' }),
  });
}

function dayOf({ createdAt }: RoomMessage): string {
  return new Date(createdAt).toDateString();
}

function clockOf(time: string, language: Language): string {
  return new Date(time).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
}
