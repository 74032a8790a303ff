const EN = {
  log: 'Messages',
  write: 'Message',
  send: 'Send',
  you: 'You',
  sending: 'Sending…',
  failed: 'Not sent.',
  retry: 'Try again',
  discard: 'Discard',
  edited: 'edited',
  deleted: 'Message deleted',
  hidden: 'A message of somebody you have blocked',
  empty: 'No messages yet. Write the first one.',
  loading: 'Loading…',
  newest: 'To the newest',
  newMessages: (count: number) => `${count} new`,
  connecting: 'Connecting…',
  waiting: (seconds: number) => `No connection. Next attempt in ${seconds} s.`,
  tryNow: 'Try now',
  tokenNeeded: 'Your access has run out. Sign in again.',
  typing: (name: string) => `${name} is typing…`,
  typingMany: 'Several people are typing…',
  slow: (seconds: number) => `Slow mode: sent in ${seconds} s.`,
  queued: (seconds: number) => `The service is busy: sent in ${seconds} s.`,
  left: (count: number) => `${count} characters left`,
  tooLong: (count: number) => `${count} characters too many`,
  reason: (reason: string) => `Reason: ${reason}.`,
  until: (time: string) => `Until ${time}.`,
  gone: 'You are no longer in this room.',
  muted: 'A moderator took from you the right to write.',
  blocked: 'A moderator blocked you.',
  signedOut: 'Your session has ended. Sign in again.',
  setup: 'Nothing to show: the attributes “server” and “room” are needed.',
  today: 'Today',
  yesterday: 'Yesterday',
};

export type Words = typeof EN;

const RU: Words = {
  log: 'Сообщения',
  write: 'Сообщение',
  send: 'Отправить',
  you: 'Вы',
  sending: 'Отправляется…',
  failed: 'Не отправлено.',
  retry: 'Повторить',
  discard: 'Удалить',
  edited: 'изменено',
  deleted: 'Сообщение удалено',
  hidden: 'Сообщение от человека, которого вы заблокировали',
  empty: 'Сообщений пока нет. Напишите первое.',
  loading: 'Загрузка…',
  newest: 'К последним',
  newMessages: (count) => `${count} ${newRu(count)}`,
  connecting: 'Соединение…',
  waiting: (seconds) => `Нет соединения. Следующая попытка через ${seconds} с.`,
  tryNow: 'Попробовать сейчас',
  tokenNeeded: 'Срок доступа истёк. Войдите снова.',
  typing: (name) => `${name} печатает…`,
  typingMany: 'Несколько человек печатают…',
  slow: (seconds) => `Медленный режим: отправится через ${seconds} с.`,
  queued: (seconds) => `Сервис занят: отправится через ${seconds} с.`,
  left: (count) => `Осталось символов: ${count}`,
  tooLong: (count) => `Лишних символов: ${count}`,
  reason: (reason) => `Причина: ${reason}.`,
  until: (time) => `До ${time}.`,
  gone: 'Вас больше нет в этой комнате.',
  muted: 'Модератор лишил вас права писать.',
  blocked: 'Модератор заблокировал вас.',
  signedOut: 'Сеанс завершён. Войдите снова.',
  setup: 'Нечего показать: нужны атрибуты «server» и «room».',
  today: 'Сегодня',
  yesterday: 'Вчера',
};

export type Language = 'en' | 'ru';

export const WORDS: Record<Language, Words> = { en: EN, ru: RU };

/** The language of a tag such as `ru-RU`; English for those that we do not speak. */
export function languageOf(tag: string | null | undefined): Language {
  return tag?.toLowerCase().split('-')[0] === 'ru' ? 'ru' : 'en';
}

function newRu(count: number): string {
  return new Intl.PluralRules('ru').select(count) === 'one' ? 'новое' : 'новых';
}
