import { type Blueprint, integer, type SourcePerson, text, time } from './blueprint.js';
import type { Columns, Row } from './source.js';

const DJANGO_USER = {
  id: 'integer',
  username: 'text',
  password: 'text',
  first_name: 'text',
  last_name: 'text',
  email: 'text',
  is_active: 'boolean',
  is_staff: 'boolean',
  is_superuser: 'boolean',
  date_joined: 'time',
} as const satisfies Columns;

function djangoUser(row: Row): SourcePerson {
  return {
    username: text(row, 'username'),
    email: text(row, 'email'),
    firstName: text(row, 'first_name'),
    lastName: text(row, 'last_name'),
    passwordHash: text(row, 'password'),
    active: row.is_active === true,
    staff: row.is_staff === true,
    superuser: row.is_superuser === true,
    joinedAt: time(row, 'date_joined'),
  };
}

const PYCHAT: Blueprint = {
  people: { name: 'auth_user', columns: DJANGO_USER, read: djangoUser },
  messages: {
    name: 'chat_message',
    columns: { id: 'integer', dt: 'time', text: 'text', sender_id: 'integer', receiver_id: 'integer' },
    read: (row) => ({
      author: integer(row, 'sender_id'),
      text: text(row, 'text'),
      sentAt: time(row, 'dt'),
      room: null,
      person: integer(row, 'receiver_id'),
    }),
  },
  staffModerates: false,
};

/** Its people have no passwords: a server speaks for them. */
const CHATAPI: Blueprint = {
  people: {
    name: 'chat_user',
    columns: { id: 'integer', username: 'text', created_at: 'time' },
    read: (row) => ({
      username: text(row, 'username'),
      active: true,
      staff: false,
      superuser: false,
      joinedAt: time(row, 'created_at'),
    }),
  },
  rooms: {
    name: 'chat_chat',
    columns: { id: 'integer', name: 'text', created_at: 'time' },
    preset: 'roster',
    uniqueName: true,
    read: (row) => ({ name: text(row, 'name'), createdAt: time(row, 'created_at') }),
  },
  members: {
    name: 'chat_chat_users',
    columns: { id: 'integer', chat_id: 'integer', user_id: 'integer' },
    read: (row) => pair(row, 'chat_id', 'user_id'),
  },
  messages: {
    name: 'chat_message',
    columns: { id: 'integer', text: 'text', created_at: 'time', author_id: 'integer', chat_id: 'integer' },
    read: (row) => ({
      author: integer(row, 'author_id'),
      text: text(row, 'text'),
      sentAt: time(row, 'created_at'),
      room: integer(row, 'chat_id'),
      person: null,
    }),
  },
  staffModerates: false,
};

const ATOMCHAT: Blueprint = {
  people: { name: 'auth_user', columns: DJANGO_USER, read: djangoUser },
  rooms: {
    name: 'chat_room',
    columns: { id: 'integer', name: 'text', created_at: 'time' },
    preset: 'private',
    uniqueName: true,
    read: (row) => ({ name: text(row, 'name'), createdAt: time(row, 'created_at') }),
  },
  members: {
    name: 'chat_room_users',
    columns: { id: 'integer', room_id: 'integer', user_id: 'integer' },
    read: (row) => pair(row, 'room_id', 'user_id'),
  },
  messages: {
    name: 'chat_message',
    columns: { id: 'integer', text: 'text', created_at: 'time', room_id: 'integer', author_id: 'integer' },
    read: (row) => ({
      author: integer(row, 'author_id'),
      text: text(row, 'text'),
      sentAt: time(row, 'created_at'),
      room: integer(row, 'room_id'),
      person: null,
    }),
  },
  staffModerates: true,
  isDirect: (name, [one, other = one]) => name === `${one}&${other}_private` || name === `${other}&${one}_private`,
};

const ROSCHAT: Blueprint = {
  people: { name: 'accounts_customuser', columns: DJANGO_USER, read: djangoUser },
  rooms: {
    name: 'chat_chat',
    columns: { id: 'integer', name: 'text', created_at: 'time' },
    preset: 'closed',
    uniqueName: false,
    read: (row) => ({ name: text(row, 'name'), createdAt: time(row, 'created_at') }),
  },
  members: {
    name: 'chat_chat_participants',
    columns: { id: 'integer', chat_id: 'integer', customuser_id: 'integer' },
    read: (row) => pair(row, 'chat_id', 'customuser_id'),
  },
  messages: {
    name: 'chat_message',
    columns: { id: 'integer', content: 'text', timestamp: 'time', chat_id: 'integer', user_id: 'integer' },
    read: (row) => ({
      author: integer(row, 'user_id'),
      text: text(row, 'content'),
      sentAt: time(row, 'timestamp'),
      room: integer(row, 'chat_id'),
      person: null,
    }),
  },
  staffModerates: false,
};

const THANCHAT: Blueprint = {
  people: {
    name: 'userauth_user',
    columns: { ...DJANGO_USER, phone: 'text', address: 'text' },
    read: (row) => ({ ...djangoUser(row), phone: text(row, 'phone'), address: text(row, 'address') }),
  },
  rooms: {
    name: 'chatApp_chatroom',
    columns: {
      id: 'integer',
      name: 'text',
      capacity: 'integer',
      link: 'text',
      password: 'text',
      creation_date: 'time',
    },
    preset: 'open',
    uniqueName: false,
    read: (row) => ({
      name: text(row, 'name'),
      link: text(row, 'link'),
      capacity: integer(row, 'capacity'),
      password: row.password as string | null,
      createdAt: time(row, 'creation_date'),
    }),
  },
  members: {
    name: 'chatApp_user_chatroom',
    columns: { id: 'integer', chat_room_id: 'integer', user_id: 'integer', user_exit_time: 'time' },
    read: (row) => (row.user_exit_time === null ? pair(row, 'chat_room_id', 'user_id') : undefined),
  },
  messages: {
    name: 'chatApp_message',
    columns: {
      id: 'integer',
      message_text: 'text',
      creation_date: 'time',
      sender_id: 'integer',
      user_receiver_id: 'integer',
      chat_room_receiver_id: 'integer',
    },
    read: (row) => ({
      author: integer(row, 'sender_id'),
      text: text(row, 'message_text'),
      sentAt: time(row, 'creation_date'),
      room: integer(row, 'chat_room_receiver_id'),
      person: integer(row, 'user_receiver_id'),
    }),
  },
  staffModerates: false,
};

function pair(row: Row, room: string, person: string): { room: number; person: number } {
  return { room: integer(row, room) ?? 0, person: integer(row, person) ?? 0 };
}

/** What each of the older servers keeps where. */
export const BLUEPRINTS = {
  pychat: PYCHAT,
  chatapi: CHATAPI,
  atomchat: ATOMCHAT,
  roschat: ROSCHAT,
  thanchat: THANCHAT,
} as const satisfies Record<string, Blueprint>;

export type OlderServer = keyof typeof BLUEPRINTS;
export const OLDER_SERVERS = Object.keys(BLUEPRINTS) as OlderServer[];
