import { VERSION } from '../../platform/version.js';
import { answerOf, idInPath, inAnyForm, jsonAnswer, refusals, TOKEN_OR_BASIC, UTC_TIME } from '../document.parts.js';

const textUpTo = (maxLength: number, description: string, example: string) => ({
  type: 'string',
  maxLength,
  description,
  example,
});
const orNull = (schema: { type: string }) => ({ ...schema, type: [schema.type, 'null'] });

const USERNAME = { ...textUpTo(64, 'The name to sign in with.', 'testuser'), minLength: 1 };
const PASSWORD = { type: 'string', minLength: 8, maxLength: 256, example: 'testpass111' };
const EMAIL = { type: 'string', format: 'email', description: 'No other account has it.', example: 'lion@chatapp.com' };
const FIRST_NAME = textUpTo(64, 'First name; may be empty.', 'Lion');
const LAST_NAME = textUpTo(64, 'Last name; may be empty.', 'Zoo');
const PHONE = orNull(textUpTo(32, 'Telephone number.', '1234567'));
const ADDRESS = orNull(textUpTo(256, 'Postal address.', 'lion zoo street'));

/** What a client sends of a room; other doors allow longer names and links. */
const NEW_ROOM = {
  name: { ...textUpTo(20, 'Rooms may share a name.', 'test chat room 1'), minLength: 1 },
  capacity: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Most members.', example: 100 },
  link: { ...textUpTo(50, 'Free text.', 'testLink@test.com'), minLength: 1 },
  password: orNull(textUpTo(20, 'What one must know to join; null is without.', 'chatRoomPassword')),
};
const ROOM = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the room.', example: 5 },
  name: textUpTo(255, 'How it is called.', 'test chat room 1'),
  capacity: {
    type: ['integer', 'null'],
    minimum: 1,
    description: 'Most members; null is without a limit.',
    example: 100,
  },
  link: textUpTo(255, 'Free text.', 'testLink@test.com'),
  password: { type: 'null', description: 'Never told.' },
  creation_date: UTC_TIME,
});

const TEXT = { type: 'string', minLength: 1, description: 'What is said.', example: 'Message to tiger #1' };
const RECEIVERS = {
  user_receiver: { type: ['integer', 'null'], minimum: 1, description: 'Id of the account it is for.', example: null },
  chat_room_receiver: { type: ['integer', 'null'], minimum: 1, description: 'Id of the room it is for.', example: 5 },
};
const MESSAGE = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the message; grows with time.', example: 4098 },
  message_text: TEXT,
  creation_date: UTC_TIME,
  sender: { type: 'integer', minimum: 1, description: 'Id of who wrote it.', example: 17 },
  ...RECEIVERS,
});

const ROOM_ID = idInPath('Id of the room.');
const CHANGED = { '200': jsonAnswer('Changed.', ROOM), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) };

/** Every address is also there with or without the slash at its end. */
export const THANCHAT_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'ThanChat',
    version: VERSION,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The API of ThanChat over the accounts and rooms of this service: what is sent here is read everywhere else, and the other way round. ' +
      'Whoever is signed in reads and writes in every open room without joining it; capacity and password govern joining, which other doors have. ' +
      'Every address is there with and without a slash at its end. Blocks, filters and limits hold as everywhere.',
  },
  servers: [{ url: '/' }],
  ...TOKEN_OR_BASIC,
  paths: {
    '/userauth/users/': {
      post: {
        operationId: 'thanchatRegister',
        summary: 'Register',
        security: [],
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['email', 'username', 'password'],
            properties: {
              email: EMAIL,
              username: USERNAME,
              password: PASSWORD,
              first_name: FIRST_NAME,
              last_name: LAST_NAME,
              phone: PHONE,
              address: ADDRESS,
            },
          }),
          required: true,
        },
        responses: {
          '201': jsonAnswer(
            'Registered.',
            answerOf({
              id: { type: 'integer', minimum: 1, description: 'Id of the account.', example: 17 },
              email: EMAIL,
              username: USERNAME,
              first_name: FIRST_NAME,
              last_name: LAST_NAME,
              phone: PHONE,
              address: ADDRESS,
            }),
          ),
          ...refusals(400, 403, 413, 415, 429, 503),
        },
      },
    },
    '/userauth/token/login/': {
      post: {
        operationId: 'thanchatLogin',
        summary: 'Sign in',
        description: 'A fresh token for `Authorization: Token <token>`; it lives on by use and ends with its session.',
        security: [],
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['username', 'password'],
            properties: { username: USERNAME, password: PASSWORD },
          }),
          required: true,
        },
        responses: {
          '200': jsonAnswer(
            'Signed in.',
            answerOf({
              auth_token: {
                type: 'string',
                pattern: '^[0-9a-f]{40}$',
                description: 'Shown once.',
                example: 'a3'.repeat(20),
              },
            }),
          ),
          ...refusals(400, 413, 415, 429, 503),
        },
      },
    },
    '/userauth/token/logout/': {
      post: {
        operationId: 'thanchatLogout',
        summary: 'Sign out',
        description: 'Ends the token of this request, and no other one.',
        responses: { '204': { description: 'Signed out.' }, ...refusals(400, 401, 413, 415, 429, 503) },
      },
    },
    '/chatApp/chatRooms/': {
      get: {
        operationId: 'thanchatRooms',
        summary: 'List rooms',
        description: 'All open rooms and the groups in which the caller is, by id, without pages.',
        responses: { '200': jsonAnswer('The rooms.', { type: 'array', items: ROOM }), ...refusals(401, 429, 503) },
      },
      post: {
        operationId: 'thanchatCreateRoom',
        summary: 'Create an open room',
        description: 'The caller owns it and is its first member.',
        requestBody: {
          ...inAnyForm({ type: 'object', required: ['name', 'capacity', 'link'], properties: NEW_ROOM }),
          required: true,
        },
        responses: { '201': jsonAnswer('Created.', ROOM), ...refusals(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    '/chatApp/chatRooms/{id}/': {
      get: {
        operationId: 'thanchatRoom',
        summary: 'Read one room',
        parameters: [ROOM_ID],
        responses: { '200': jsonAnswer('The room.', ROOM), ...refusals(401, 404, 429, 503) },
      },
      put: {
        operationId: 'thanchatReplaceRoom',
        summary: 'Replace what a room is',
        description:
          'For its owner and moderators. The password stays where it is left out. A capacity below the number of members is refused.',
        parameters: [ROOM_ID],
        requestBody: {
          ...inAnyForm({ type: 'object', required: ['name', 'capacity', 'link'], properties: NEW_ROOM }),
          required: true,
        },
        responses: CHANGED,
      },
      patch: {
        operationId: 'thanchatChangeRoom',
        summary: 'Change what is sent of a room',
        description: 'For its owner and moderators.',
        parameters: [ROOM_ID],
        requestBody: inAnyForm({ type: 'object', properties: NEW_ROOM }),
        responses: CHANGED,
      },
      delete: {
        operationId: 'thanchatDeleteRoom',
        summary: 'Delete a room',
        description: 'For its owner and moderators.',
        parameters: [ROOM_ID],
        responses: { '204': { description: 'Deleted.' }, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    '/chatApp/messages/': {
      get: {
        operationId: 'thanchatMessages',
        summary: 'Read a room, or what was sent to me',
        description:
          'With `chat_room_id` the messages of that room, none where there is no such room; without it those that people sent to the caller himself. The ' +
          'newest 10 000; left out are deleted ones and those of people whom the caller has blocked personally.',
        parameters: [
          { name: 'chat_room_id', in: 'query', description: 'Id of a room.', schema: { type: 'integer', example: 5 } },
        ],
        responses: {
          '200': jsonAnswer('The messages, oldest first.', { type: 'array', items: MESSAGE }),
          ...refusals(400, 401, 403, 429, 503),
        },
      },
      post: {
        operationId: 'thanchatSend',
        summary: 'Send a message to a room or a person',
        description:
          'Exactly one receiver is named. Answers after the message is stored. There is no way to repeat a request without storing it twice; the native API has one.',
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['message_text'],
            properties: { message_text: { ...TEXT, maxLength: 500 }, ...RECEIVERS },
          }),
          required: true,
        },
        responses: { '201': jsonAnswer('Stored.', MESSAGE), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
  },
};
