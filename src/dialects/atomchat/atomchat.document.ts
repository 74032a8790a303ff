import { VERSION } from '../../platform/version.js';
import { answerOf, idInPath, inAnyForm, jsonAnswer, refusals, TOKEN_OR_BASIC, UTC_TIME } from '../document.parts.js';

const TEXT = {
  type: 'string',
  minLength: 1,
  maxLength: 16_000,
  description: 'What is said; blanks at its ends are cut.',
  example: 'А завтра ожидается снег?',
};
const USERNAME = {
  type: 'string',
  minLength: 1,
  maxLength: 64,
  description: 'The name to sign in with.',
  example: 'petya',
};
const PASSWORD = { type: 'string', minLength: 8, maxLength: 256, example: 'user_pet99' };
const NAME = {
  type: 'string',
  minLength: 1,
  maxLength: 255,
  description: 'No other room of this API has it.',
  example: 'Разговоры о погоде',
};
const USERS = {
  type: 'array',
  items: { type: 'integer', minimum: 1 },
  maxItems: 200,
  description: 'Ids of the accounts in it.',
  example: [2, 3],
};
const CHANGE = { name: NAME, users: USERS };

const ROOM = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the room.', example: 5 },
  name: {
    type: 'string',
    description: 'A room of two is called `a&b_private` after them.',
    example: 'ivan&petya_private',
  },
  is_private: { type: 'boolean', description: 'Whether only its users read it.', example: true },
  created_at: UTC_TIME,
  users: {
    type: 'array',
    items: { type: 'integer', minimum: 1 },
    description: 'Ids of all in it, ascending.',
    example: [2, 3],
  },
});
const MESSAGE = answerOf({
  text: TEXT,
  created_at: UTC_TIME,
  author: { type: 'integer', minimum: 1, description: 'Id of who wrote it.', example: 3 },
});
const MESSAGES = { type: 'array', items: MESSAGE };

const ROOM_ID = idInPath('Id of the room.');

/** Every address is also there without the slash at its end. */
export const ATOMCHAT_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'AtomChat',
    version: VERSION,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The API of AtomChat over the accounts and rooms of this service: what is sent here is read everywhere else, and the other way round. ' +
      'Every address is also there without the slash at its end. Blocks, filters and limits hold as everywhere.',
  },
  servers: [{ url: '/' }],
  ...TOKEN_OR_BASIC,
  paths: {
    '/api/users/': {
      post: {
        operationId: 'atomchatRegister',
        summary: 'Register',
        security: [],
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['username', 'password'],
            properties: {
              username: USERNAME,
              password: PASSWORD,
              email: { type: 'string', format: 'email', description: 'May be left out.', example: 'petya99@ati.hom' },
            },
          }),
          required: true,
        },
        responses: {
          '201': jsonAnswer(
            'Registered.',
            answerOf({
              email: { type: 'string', description: 'Empty where none was given.', example: 'petya99@ati.hom' },
              username: USERNAME,
            }),
          ),
          ...refusals(400, 403, 413, 415, 429, 503),
        },
      },
    },
    '/api/auth/tokens/': {
      post: {
        operationId: 'atomchatToken',
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
              token: {
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
    '/api/users/{id}/block/': {
      put: {
        operationId: 'atomchatBlock',
        summary: 'Block an account everywhere, or unblock it',
        description:
          'For moderators, against accounts of a lower role. When it answers, nothing of the account is accepted any more; its tokens live again after the block.',
        parameters: [idInPath('Id of the account.')],
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['is_active'],
            properties: { is_active: { type: 'boolean', description: 'False blocks.', example: false } },
          }),
          required: true,
        },
        responses: {
          '200': jsonAnswer(
            'It is so.',
            answerOf({
              username: USERNAME,
              is_active: { type: 'boolean', description: 'False while blocked.', example: false },
            }),
          ),
          ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    '/api/rooms/': {
      get: {
        operationId: 'atomchatRooms',
        summary: 'List rooms',
        description: 'Those of the caller, to moderators all; by id, without pages.',
        responses: { '200': jsonAnswer('The rooms.', { type: 'array', items: ROOM }), ...refusals(401, 429, 503) },
      },
      post: {
        operationId: 'atomchatCreateRoom',
        summary: 'Create a private room',
        description: 'The caller is in it, whether he stands among `users` or not.',
        requestBody: { ...inAnyForm({ type: 'object', required: ['name'], properties: CHANGE }), required: true },
        responses: { '201': jsonAnswer('Created.', ROOM), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
    '/api/rooms/{id}/': {
      get: {
        operationId: 'atomchatRoom',
        summary: 'Read one room',
        parameters: [ROOM_ID],
        responses: { '200': jsonAnswer('The room.', ROOM), ...refusals(401, 403, 404, 429, 503) },
      },
      put: {
        operationId: 'atomchatReplaceRoom',
        summary: 'Replace name and users',
        description:
          'Afterwards exactly these users are in it; without `users` they stay who they are. Who leaves himself out has left. Only its owner and ' +
          'moderators take the owner out.',
        parameters: [ROOM_ID],
        requestBody: { ...inAnyForm({ type: 'object', required: ['name'], properties: CHANGE }), required: true },
        responses: { '200': jsonAnswer('Replaced.', ROOM), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
      patch: {
        operationId: 'atomchatChangeRoom',
        summary: 'Change what is sent',
        description: 'As replacing, and what is not sent stays. A room the caller is not in is not found.',
        parameters: [ROOM_ID],
        requestBody: inAnyForm({ type: 'object', properties: CHANGE }),
        responses: { '200': jsonAnswer('Changed.', ROOM), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
      delete: {
        operationId: 'atomchatDeleteRoom',
        summary: 'Delete a room',
        description: 'For moderators.',
        parameters: [ROOM_ID],
        responses: { '204': { description: 'Deleted.' }, ...refusals(400, 401, 403, 404, 413, 415, 429, 503) },
      },
    },
    '/api/rooms/{id}/messages/': {
      get: {
        operationId: 'atomchatMessages',
        summary: 'Read the history of a room',
        description:
          'The newest 10 000 messages. Left out are deleted ones and those of people whom the caller has blocked personally.',
        parameters: [ROOM_ID],
        responses: { '200': jsonAnswer('The messages, oldest first.', MESSAGES), ...refusals(401, 403, 404, 429, 503) },
      },
      post: {
        operationId: 'atomchatSend',
        summary: 'Send a message to a room',
        description:
          'Answers after the message is stored. There is no way to repeat a request without storing it twice; the native API has one.',
        parameters: [
          ROOM_ID,
          {
            name: 'answer',
            in: 'query',
            description: '`list` answers with the whole history instead of the message.',
            schema: { type: 'string', example: 'list' },
          },
        ],
        requestBody: {
          ...inAnyForm({ type: 'object', required: ['text'], properties: { text: TEXT } }),
          required: true,
        },
        responses: {
          '201': jsonAnswer('Stored.', { anyOf: [MESSAGE, MESSAGES] }),
          ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    '/api/messages/': {
      post: {
        operationId: 'atomchatSendDirect',
        summary: 'Send a message to a person',
        description: 'It is kept in the room of the two, which is made where there is none, and never in a group.',
        requestBody: {
          ...inAnyForm({
            type: 'object',
            required: ['text', 'user_to'],
            properties: {
              text: TEXT,
              user_to: { type: 'integer', minimum: 1, description: 'Id of whom it is for.', example: 2 },
            },
          }),
          required: true,
        },
        responses: {
          '201': jsonAnswer('Stored.', answerOf({ text: TEXT, created_at: UTC_TIME })),
          ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
  },
};
