import { type Language, WORDS } from './words.js';

interface Refusal {
  code: string;
  detail: string;
  reason?: string;
  expiresAt?: string | null;
}

/** What the person can meet in a room, in words for a person; the problems' own texts are for those who program. */
const TEXTS: Record<string, Record<Language, string>> = {
  'account/blocked': { en: 'A moderator blocked you.', ru: 'Модератор заблокировал вас.' },
  'account/personally-blocked': {
    en: 'You have blocked this person.',
    ru: 'Вы заблокировали этого человека.',
  },
  'account/guest': { en: 'Guests may not do this.', ru: 'Гостям это недоступно.' },
  'room/not-found': { en: 'This room is not open to you.', ru: 'Эта комната вам недоступна.' },
  'room/not-member': { en: 'Only members may write here.', ru: 'Писать здесь могут только участники.' },
  'room/forbidden': { en: 'You may not write in this room.', ru: 'Вам нельзя писать в этой комнате.' },
  'room/full': { en: 'The room is full.', ru: 'В комнате нет свободных мест.' },
  'room/slow-mode': { en: 'This room is in slow mode.', ru: 'В комнате включён медленный режим.' },
  'rate/limited': { en: 'Too many messages at once.', ru: 'Слишком много сообщений сразу.' },
  'message/filtered': {
    en: 'The rules of this community do not allow this text.',
    ru: 'Правила сообщества не допускают такой текст.',
  },
  'message/held': { en: 'The message waits for a moderator.', ru: 'Сообщение ждёт модератора.' },
  'message/not-found': { en: 'The message is gone.', ru: 'Этого сообщения больше нет.' },
  'request/invalid': { en: 'The text has characters that cannot be sent.', ru: 'В тексте есть недопустимые символы.' },
  'request/too-large': { en: 'The message is too long.', ru: 'Сообщение слишком длинное.' },
  'origin/forbidden': {
    en: 'The service does not know this site.',
    ru: 'Сервис не знает этого сайта.',
  },
  'auth/token-invalid': { en: 'The access token is not valid.', ru: 'Токен доступа недействителен.' },
  'auth/session-ended': { en: 'Your session has ended.', ru: 'Сеанс завершён.' },
};

/** What to tell the person about a refusal; a code from later than this script is told as the service tells it. */
export function refusalText({ code, detail, ...facts }: Refusal, language: Language): string {
  return [TEXTS[code]?.[language] ?? detail, ...reasonTexts(facts, language)].join(' ');
}

/** Why and until when, as far as it is known. */
export function reasonTexts({ reason, expiresAt }: Partial<Refusal>, language: Language): string[] {
  const words = WORDS[language];
  const until = expiresAt && new Date(expiresAt).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  return [...(reason ? [words.reason(reason)] : []), ...(until ? [words.until(until)] : [])];
}
