import { VERSION } from '../../platform/version.js';
import { answerOf, jsonAnswer, UTC_TIME } from '../document.parts.js';

const REFUSAL = answerOf({
  detail: { type: 'string', description: 'What is wrong, for people.', example: 'Chat not found.' },
  status_code: { type: 'integer', description: 'The status of the answer.', example: 404 },
});
const SAYS: Record<number, string> = {
  400: 'A field or the whole body has a mistake.',
  401: 'No API key, or none that is good.',
  403: 'Not allowed: by the scopes of the key, by a block, or because the author is not in the chat.',
  404: 'There is no such user or chat.',
  409: 'The name is taken, or it is not possible as things stand.',
  413: 'The body is too large.',
  415: 'The body is no JSON.',
  429: 'Too much at once; `Retry-After` says when to come again.',
  503: 'Not at this moment; `Retry-After` says when to come again.',
};
const ALWAYS = [400, 401, 403, 413, 415, 429, 503];

/** An id, which may be sent in digits as well. */
const sentId = (description: string, example: number) => ({
  anyOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', pattern: '^\\d+$' },
  ],
  description,
  example: String(example),
});
const CHAT = { type: 'integer', minimum: 1, description: 'Id of the chat.', example: 5 };
const AUTHOR = { type: 'integer', minimum: 1, description: 'Id of who wrote it.', example: 17 };
const TEXT = { type: 'string', minLength: 1, maxLength: 1_000, description: 'What is said.', example: 'hi' };

const CHATS = {
  type: 'array',
  items: answerOf({
    id: CHAT,
    name: { type: 'string', description: 'Its name; a dialogue is called after its two people.', example: 'chat_1' },
    created_at: UTC_TIME,
    users: { type: 'array', items: { type: 'integer' }, description: 'Who is in it, by id.', example: [17, 18] },
  }),
};
const MESSAGES = {
  type: 'array',
  items: answerOf({
    id: { type: 'integer', minimum: 1, description: 'Id of the message; grows with time.', example: 4098 },
    // Longer ones came through another door.
    text: { ...TEXT, maxLength: 16_000 },
    created_at: UTC_TIME,
    chat: CHAT,
    author: AUTHOR,
  }),
};
const MADE = answerOf({ id: { type: 'integer', minimum: 1, description: 'Its id.', example: 1 } });

function call(
  operationId: string,
  summary: string,
  properties: Record<string, object>,
  answer: object,
  refusals: number[],
  description?: string,
): object {
  const schema = { type: 'object', required: Object.keys(properties), properties };
  const statuses = [...ALWAYS, ...refusals].sort((one, other) => one - other);
  return {
    post: {
      operationId,
      summary,
      ...(description && { description }),
      requestBody: { required: true, content: { 'application/json': { schema } } },
      responses: {
        '200': jsonAnswer('Done.', answer),
        ...Object.fromEntries(statuses.map((status) => [String(status), jsonAnswer(SAYS[status]!, REFUSAL)])),
      },
    },
  };
}

export const CHATAPI_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'ChatAPI',
    version: VERSION,
    license: { name: 'MIT', identifier: 'MIT' },
    description:
      'The API of a chat server for other servers, over the accounts and rooms of this service: what is sent here is read everywhere else, and the other way ' +
      'round. Every call is a POST with JSON; ids are taken as numbers and in digits; every address is also there with a slash at its end. ' +
      'Every call needs an API key with the scope `act_as`: with it a server writes and reads for anybody, as the rules for that person say, and each call is ' +
      'written into the audit log. `CHATAPI_TRUSTED=true` lets everybody in who reaches the service; then keep it from the public. ' +
      '`CHATAPI_PORT` serves these calls alone on a port of 127.0.0.1 as well.',
  },
  servers: [{ url: '/' }],
  security: [{ bearer: [] }, { header: [] }],
  paths: {
    '/users/add': call(
      'chatapiAddUser',
      'Add a user',
      { username: { type: 'string', minLength: 1, maxLength: 30, description: 'Unique.', example: 'user_1' } },
      MADE,
      [409],
      'An account without a password: its server lets it in.',
    ),
    '/chats/add': call(
      'chatapiAddChat',
      'Create a chat',
      {
        name: { type: 'string', minLength: 1, maxLength: 50, description: 'Unique.', example: 'chat_1' },
        users: {
          type: 'array',
          minItems: 1,
          items: sentId('Id of a user.', 17),
          description: 'Who is in it; any number.',
          example: ['17', '18'],
        },
      },
      MADE,
      [404, 409],
      'With these users and nobody else. Nothing is made when one of them is unknown.',
    ),
    '/messages/add': call(
      'chatapiAddMessage',
      'Send a message on behalf of a user',
      { chat: sentId('Id of the chat.', 5), author: sentId('Id of who writes it.', 17), text: TEXT },
      MADE,
      [404, 409],
      'Answers after the message is stored. It counts as one of its author. There is no way to repeat a request without storing it twice; the native API has one.',
    ),
    '/chats/get': call(
      'chatapiChats',
      'List the chats of a user',
      { user: sentId('Id of the user.', 17) },
      CHATS,
      [404],
      'Newest last message first, then those without a message, newest first.',
    ),
    '/messages/get': call(
      'chatapiMessages',
      'Read a chat',
      { chat: sentId('Id of the chat.', 5) },
      MESSAGES,
      [404],
      'Oldest first; the newest 10 000, without deleted ones.',
    ),
  },
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An API key.' },
      header: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same in a header of its own.' },
    },
  },
};
