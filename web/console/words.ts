import { dictionary } from '../shared/i18n.js';

/** What the console alone says. */
export const c = dictionary(
  {
    title: 'Moderation',
    chat: 'Chat',
    refused: 'The console is for moderators and superusers. Your role does not open it.',
    greeting: 'Signed in as {name}.',
  },
  {
    title: 'Модерация',
    chat: 'Чат',
    refused: 'Консоль открыта модераторам и суперпользователям. Ваша роль её не открывает.',
    greeting: 'Вы вошли как {name}.',
  },
);
