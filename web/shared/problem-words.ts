import { BesedkaProblem } from '../../client/index.js';
import { language, moment } from './i18n.js';
import { t } from './words.js';

/** What people are told, by code: in their words, not in those of the protocol. Other codes show the title of the service. */
const WORDS: Record<string, [en: string, ru: string]> = {
  'auth/credentials-wrong': ['The user name or the password is wrong.', 'Имя пользователя или пароль неверны.'],
  'auth/password-wrong': ['The current password is wrong.', 'Нынешний пароль неверен.'],
  'auth/too-many-attempts': ['Too many attempts. Wait a little.', 'Слишком много попыток. Подождите немного.'],
  'auth/busy': ['Many people are signing in. Try again.', 'Сейчас входит много людей. Попробуйте ещё раз.'],
  'account/blocked': ['A moderator has blocked your account.', 'Модератор заблокировал вашу учётную запись.'],
  'account/guest': ['Guests may not do this.', 'Гостям это недоступно.'],
  'account/not-found': ['There is no such person.', 'Такого человека нет.'],
  'account/personally-blocked': [
    'You have blocked this person. Lift the block in the settings to write.',
    'Вы заблокировали этого человека. Чтобы писать, снимите блокировку в настройках.',
  ],
  'account/username-taken': ['This user name is taken.', 'Это имя занято.'],
  'account/registration-closed': ['Registration is closed here.', 'Регистрация здесь закрыта.'],
  'message/filtered': ['The rules here do not allow this text.', 'Правила не разрешают такой текст.'],
  'message/held': ['The message waits for a moderator.', 'Сообщение ждёт модератора.'],
  'message/deleted': ['The message was deleted meanwhile.', 'Сообщение тем временем удалено.'],
  'message/version-stale': ['The message was changed meanwhile.', 'Сообщение тем временем изменено.'],
  'message/not-found': ['There is no such message any more.', 'Такого сообщения больше нет.'],
  'rate/limited': ['Too many requests. Wait a little.', 'Слишком много запросов. Подождите немного.'],
  'request/invalid': ['Something in the form is not right.', 'Что-то в форме заполнено неверно.'],
  'role/insufficient': ['Your role does not allow this.', 'Ваша роль этого не позволяет.'],
  'room/forbidden': ['The rules of this room do not allow this.', 'Правила комнаты этого не позволяют.'],
  'room/full': ['The room is full.', 'В комнате нет мест.'],
  'room/not-found': ['There is no such room, or it is closed to you.', 'Такой комнаты нет, или она для вас закрыта.'],
  'room/not-member': ['You are not a member of this room.', 'Вы не участник этой комнаты.'],
  'room/password-wrong': ['The password of the room is wrong.', 'Пароль комнаты неверен.'],
  'room/slow-mode': [
    'The room takes one message at a time. Wait a little.',
    'В комнате медленный режим. Подождите немного.',
  ],
  'room/too-many-attempts': [
    'Too many attempts to join. Wait a little.',
    'Слишком много попыток войти. Подождите немного.',
  ],
  'member/blocked': ['A block keeps this person out of the room.', 'Блокировка не пускает этого человека в комнату.'],
  'member/not-found': ['This person is no longer a member.', 'Этого человека уже нет в комнате.'],
  'report/self': ['Nobody reports himself.', 'На себя не жалуются.'],
  'personal-block/self': ['Nobody blocks himself.', 'Себя не блокируют.'],
  'server/unavailable': ['The service is not available at the moment.', 'Сервис сейчас недоступен.'],
  'server/draining': ['The service is restarting.', 'Сервис перезапускается.'],
};

/** The words for a code alone; undefined where there are none of ours. */
export function wordsFor(code: string): string | undefined {
  return WORDS[code]?.[language.value === 'ru' ? 1 : 0];
}

/** What happened, why and until when, as lines to show. */
export function explain(error: unknown): string[] {
  if (!(error instanceof BesedkaProblem)) return [t('problem.connection')];
  const { code, title, reason, expiresAt, retryAfter, errors = [] } = error.problem;
  const lines = [wordsFor(code) ?? title];
  if (reason) lines.push(t('why', { reason }));
  if (code === 'account/blocked') lines.push(untilWhen(expiresAt));
  if (retryAfter !== undefined && code !== 'account/blocked') lines.push(t.count('wait', Math.ceil(retryAfter)));
  for (const { pointer, message } of errors) lines.push(`${pointer.replace(/^#\//, '')}: ${message}`);
  return lines;
}

export function untilWhen(expiresAt: string | null | undefined): string {
  return expiresAt ? t('until', { time: moment(expiresAt, 'full') }) : t('until.ever');
}
