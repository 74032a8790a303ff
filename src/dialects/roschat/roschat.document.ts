import { VERSION } from '../../platform/version.js';
import { answerOf, inAnyForm, jsonAnswer, refusals, TOKEN_OR_BASIC } from '../document.parts.js';

const MOSCOW_TIME = {
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{6})?\\+03:00$',
  description: 'When it was stored, in Moscow time; a fraction that is zero is left out.',
  example: '2026-11-20T21:04:11.512000+03:00',
};
const TOKEN = { type: 'string', pattern: '^[0-9a-f]{40}$', description: 'Shown once.', example: 'a3'.repeat(20) };
const USER = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the account.', example: 17 },
  first_name: { type: 'string', description: 'First name; may be empty.', example: 'Тони' },
  last_name: { type: 'string', description: 'Last name; may be empty.', example: 'Старк' },
  username: { type: 'string', description: 'The name to sign in with.', example: 'ironman' },
  email: {
    type: 'string',
    description: 'Empty where there is none, and for everybody but the person and superusers.',
    example: 'tony@example.org',
  },
});
const CHAT = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the chat.', example: 5 },
  name: { type: 'string', description: 'Its name; a dialogue is called after its two people.', example: 'Первый' },
  participants: { type: 'array', description: 'All who are in it, by id.', items: USER },
  created_at: MOSCOW_TIME,
});
const CONTENT = {
  type: 'string',
  description: 'What is said; blanks at its ends are cut.',
  minLength: 1,
  maxLength: 16_000,
  example: 'Привет!',
};
const MESSAGE = answerOf({
  id: { type: 'integer', minimum: 1, description: 'Id of the message; grows with time.', example: 4098 },
  chat: { type: 'integer', minimum: 1, description: 'Id of its chat.', example: 5 },
  user: { ...USER, description: 'Who wrote it.' },
  content: CONTENT,
  timestamp: MOSCOW_TIME,
});
const DONE = answerOf({
  message: { type: 'string', description: 'What was done.', example: 'User ironman added to chat' },
});

const ERROR = answerOf({
  error: { type: 'string', description: 'What is wrong, for people.', example: 'Message cannot be empty' },
});
const SAYS: Record<number, string> = {
  400: 'Something in the request is wrong.',
  403: 'Not allowed.',
  404: 'There is no such chat or user.',
  409: 'Not possible as things stand.',
};

/** Refusals in the API's own words; of a body's fields also in those of the framework. */
function errors(...statuses: number[]): Record<string, object> {
  const [framework] = Object.values(refusals(400)) as [{ content: { 'application/json': { schema: object } } }];
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      jsonAnswer(SAYS[status]!, { anyOf: [ERROR, framework.content['application/json'].schema] }),
    ]),
  );
}

const CREDENTIALS = {
  username: { type: 'string', description: 'The name to sign in with.', maxLength: 64, example: 'ironman' },
  password: { type: 'string', description: '8 to 256 characters.', format: 'password', example: 'password1' },
};
const REGISTER = {
  type: 'object',
  required: ['username', 'password'],
  properties: {
    ...CREDENTIALS,
    email: { type: 'string', format: 'email', description: 'Unique, where it is given.', example: 'tony@example.org' },
  },
};
const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', example: '5' },
});
const CHAT_ID = inPath('chat_id', 'Id of the chat.');
const USER_ID = inPath('user_id', 'Id of the account.');

const chats = (operationId: string) => ({
  get: {
    operationId,
    summary: 'List chats',
    description: 'Those in which the caller is, by id; every chat for superusers.',
    responses: { '200': jsonAnswer('The chats.', { type: 'array', items: CHAT }), ...refusals(401, 429, 503) },
  },
});

/** Every address is also there with and without the slash at its end. */
export const ROSCHAT_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'RosChat',
    version: VERSION,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The API of RosChat over the accounts and rooms of this service: what is sent here is read everywhere else, and the other way round. ' +
      'Every address is also there with and without the slash at its end. Blocks, filters and limits hold as everywhere. Chats are made elsewhere, ' +
      'by `POST /api/v1/rooms` with the preset `closed`, in which superusers bring people in and take them out.\n\n' +
      'A WebSocket, which is no Socket.IO, stands at `/ws/api/chat/{chat_id}/`, for those who may read the chat. The handshake carries ' +
      '`Authorization: Token <token>`; a browser, which cannot set that header, adds `?ticket=` with a ticket of `POST /api/v1/auth/tickets`, good once ' +
      'within 30 seconds. A token in the address is refused, and so are strangers, with 401, 403 or 404. Send `{"message": "Привет!"}`; everybody in the ' +
      'chat, the sender too, hears `{"message", "username", "first_name", "last_name", "timestamp": "20-11-2026 18:04:11", "id", "user_id", "sent_at"}`, ' +
      'whichever door a message came through. A message that was refused is answered to its sender alone, by `{"error": …}`, `{"detail": …}` or ' +
      '`{"message": […]}`; frames without a message are ignored. The socket closes with 1003 for binary frames, 1008 when its owner is blocked, removed ' +
      'or signed out, 1009 beyond 64 KiB, 1011 for what is no JSON, 1012 when the node stops, and 1013 when it reads too slowly. Sockets of a ticket ' +
      'close when an access token of the same moment would expire. What was missed is in the list of messages.',
  },
  servers: [{ url: '/' }],
  security: TOKEN_OR_BASIC.security,
  paths: {
    '/api/accounts/register/': {
      post: {
        operationId: 'roschatRegister',
        summary: 'Register',
        security: [],
        requestBody: { ...inAnyForm(REGISTER), required: true },
        responses: {
          '201': jsonAnswer('Registered and signed in.', answerOf({ token: TOKEN, user: USER })),
          ...errors(400, 403),
          ...refusals(413, 415, 429, 503),
        },
      },
    },
    '/api/accounts/login/': {
      post: {
        operationId: 'roschatLogin',
        summary: 'Sign in',
        description:
          'Answers a fresh token for `Authorization: Token <token>`, which lives on by use and ends with its session.',
        security: [],
        requestBody: {
          ...inAnyForm({ type: 'object', required: ['username', 'password'], properties: CREDENTIALS }),
          required: true,
        },
        responses: {
          '200': jsonAnswer('Signed in.', answerOf({ token: TOKEN })),
          ...errors(400),
          ...refusals(413, 415, 429, 503),
        },
      },
    },
    '/chat/': chats('roschatChats'),
    '/api/chat/': chats('roschatApiChats'),
    '/api/chat/{chat_id}/message': {
      parameters: [CHAT_ID],
      get: {
        operationId: 'roschatMessages',
        summary: 'Read a chat',
        description:
          'Its messages, oldest first; the newest 10 000. Left out are deleted ones and those of people whom the caller has blocked. For its participants ' +
          'and superusers.',
        responses: {
          '200': jsonAnswer('The messages.', { type: 'array', items: MESSAGE }),
          ...errors(403, 404),
          ...refusals(401, 429, 503),
        },
      },
      post: {
        operationId: 'roschatSend',
        summary: 'Send a message',
        description:
          'Answers after the message is stored; the sockets of the chat hear it. There is no way to repeat a request without storing it twice; the native ' +
          'API has one.',
        requestBody: {
          ...inAnyForm({ type: 'object', required: ['content'], properties: { content: CONTENT } }),
          required: true,
        },
        responses: {
          '201': jsonAnswer('Stored.', MESSAGE),
          ...errors(400, 403, 404, 409),
          ...refusals(401, 413, 415, 429, 503),
        },
      },
    },
    '/api/chat/{chat_id}/user/{user_id}/': {
      parameters: [CHAT_ID, USER_ID],
      put: {
        operationId: 'roschatAddUser',
        summary: 'Bring a user into a chat',
        description: 'For superusers, as the rules of the chat say.',
        responses: {
          '200': jsonAnswer('He is in it.', DONE),
          ...errors(400, 403, 404, 409),
          ...refusals(401, 413, 415, 429, 503),
        },
      },
      delete: {
        operationId: 'roschatRemoveUser',
        summary: 'Take a user out of a chat',
        description:
          'For superusers, as the rules of the chat say; a participant may leave by himself. His sockets of the chat close.',
        responses: {
          '200': jsonAnswer('He is out of it.', DONE),
          ...errors(400, 403, 404, 409),
          ...refusals(401, 413, 415, 429, 503),
        },
      },
    },
  },
  components: TOKEN_OR_BASIC.components,
};
