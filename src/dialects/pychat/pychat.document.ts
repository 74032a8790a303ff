import { VERSION } from '../../platform/version.js';
import { inAnyForm, jsonAnswer, refusals } from '../document.parts.js';

const USER = {
  type: 'object',
  required: ['id', 'username', 'first_name', 'last_name'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1, description: 'Id of the account.', example: 17 },
    username: { type: 'string', description: 'The name to sign in with.', example: 'ironman' },
    first_name: { type: 'string', description: 'First name; may be empty.', example: 'Тони' },
    last_name: { type: 'string', description: 'Last name; may be empty.', example: 'Старк' },
  },
};

const TEXT = {
  type: 'string',
  description: 'What is said; blanks at its ends are cut.',
  minLength: 1,
  maxLength: 16_000,
};
const SENDER = { type: 'integer', minimum: 1, description: 'Id of who wrote it.', example: 17 };
const RECEIVER = {
  type: 'integer',
  minimum: 1,
  description: 'Id of whom it is for; the sender in notes to oneself.',
  example: 18,
};

const MESSAGE = {
  type: 'object',
  required: ['id', 'dt', 'text', 'sender', 'receiver', 'sender_name', 'receiver_name'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer', minimum: 1, description: 'Id of the message; grows with time.', example: 4098 },
    dt: {
      type: 'string',
      pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?\\+03:00$',
      description: 'When it was stored, in Moscow time; a fraction that is zero is left out.',
      example: '2026-11-20T21:04:11.512000+03:00',
    },
    text: { ...TEXT, example: 'Привет!' },
    sender: SENDER,
    receiver: RECEIVER,
    sender_name: {
      type: 'string',
      description: 'First and last name, or the user name of who has none.',
      example: 'Тони Старк',
    },
    receiver_name: { type: 'string', description: 'The same of the receiver.', example: 'Сергей Лебидко' },
  },
};

const NEW_MESSAGE = {
  type: 'object',
  required: ['sender', 'receiver', 'text'],
  properties: { sender: SENDER, receiver: RECEIVER, text: { ...TEXT, example: 'Привет!' } },
};
const REFRESH = {
  type: 'object',
  properties: {
    refresh: { type: 'boolean', description: 'Whether all earlier tokens of the caller end.', default: false },
  },
};

/** Every address is also there without the slash at its end. */
export const PYCHAT_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'PyChat',
    version: VERSION,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The API of PyChat over the accounts and direct rooms of this service: what is sent here is read everywhere else, and the other way round. ' +
      'Every address is also there without the slash at its end. Blocks, filters and limits hold as everywhere.',
  },
  servers: [{ url: '/' }],
  security: [{ token: [] }],
  paths: {
    '/chat/token/': {
      post: {
        operationId: 'pychatToken',
        summary: 'Sign in',
        description:
          'Answers a fresh token for `Authorization: Token <token>`; the word `Basic` before the credentials may be left out. ' +
          'The token lives on by use and ends with its session: by a sign-out everywhere, a new password, or `refresh=true`.',
        security: [{ basic: [] }],
        requestBody: inAnyForm(REFRESH),
        responses: {
          '200': jsonAnswer('Signed in.', {
            type: 'object',
            required: ['token'],
            additionalProperties: false,
            properties: {
              token: {
                type: 'string',
                pattern: '^[0-9a-f]{40}$',
                description: 'Shown once.',
                example: 'a3'.repeat(20),
              },
            },
          }),
          ...refusals(400, 401, 413, 415, 429, 503),
        },
      },
    },
    '/chat/users/': {
      get: {
        operationId: 'pychatUsers',
        summary: 'List everybody',
        description: 'All accounts by id, the caller included, without pages.',
        responses: { '200': jsonAnswer('Everybody.', { type: 'array', items: USER }), ...refusals(401, 429, 503) },
      },
    },
    '/chat/users/{id}/': {
      get: {
        operationId: 'pychatUser',
        summary: 'Read one account',
        parameters: [
          {
            name: 'id',
            in: 'path',
            required: true,
            description: 'Id of the account.',
            schema: { type: 'string', example: '17' },
          },
        ],
        responses: { '200': jsonAnswer('The account.', USER), ...refusals(401, 404, 429, 503) },
      },
    },
    '/chat/messages/': {
      get: {
        operationId: 'pychatMessages',
        summary: 'Read dialogues',
        description:
          'Messages whose sender and receiver are both among the users named, as far as the caller may read them, by id; the newest 10 000. One user: ' +
          'the notes to oneself. None: all dialogues of the caller. Only moderators read dialogues that they are not part of. Left out are deleted messages ' +
          'and those of people whom the caller has blocked.',
        parameters: [
          {
            name: 'user',
            in: 'query',
            description: 'Id of an account; comes once for each of them, at most 100 times.',
            schema: { type: 'array', items: { type: 'integer' }, example: [17, 18] },
            explode: true,
          },
        ],
        responses: {
          '200': jsonAnswer('The messages, oldest first.', { type: 'array', items: MESSAGE }),
          ...refusals(400, 401, 403, 429, 503),
        },
      },
      post: {
        operationId: 'pychatSend',
        summary: 'Send a message',
        description:
          'Answers after the message is stored. The sender is the caller; a server with an API key of the scope `act_as` names the one for whom it ' +
          'sends. There is no way to repeat a request without storing it twice; the native API has one.',
        security: [{ token: [] }, { apiKey: [] }],
        requestBody: { ...inAnyForm(NEW_MESSAGE), required: true },
        responses: { '201': jsonAnswer('Stored.', MESSAGE), ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503) },
      },
    },
  },
  components: {
    securitySchemes: {
      basic: { type: 'http', scheme: 'basic' },
      token: {
        type: 'apiKey',
        in: 'header',
        name: 'Authorization',
        description: '`Token` and the 40 hexadecimal digits of a token.',
      },
      apiKey: {
        type: 'apiKey',
        in: 'header',
        name: 'X-Api-Key',
        description: 'The key of a server, also as `Authorization: Bearer`.',
      },
    },
  },
};
