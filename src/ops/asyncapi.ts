import { z } from 'zod';
import { PROBLEMS } from '../platform/problems.js';
import type { Config } from '../platform/config.js';
import { VERSION } from '../platform/version.js';
import { COMMANDS, FACTS } from '../realtime/events.js';
import { PROBLEM_SCHEMA } from './problem-schema.js';

const DESCRIPTION = `The same rooms and messages as over HTTP (\`/docs\`), live over Socket.IO, protocol version 4 and later clients.

**Connecting.** Namespace \`/\`, path \`/socket.io\`, with the access token in the handshake: \`io(url, { transports: ['websocket'], auth: { token } })\`. A refused handshake arrives as \`connect_error\` with the problem in \`error.data\`.

**Commands** are emitted with one object and an acknowledgement callback. Every command is answered within five seconds: \`{ ok: true, … }\`, or \`{ ok: false, problem }\` with one of the codes explained at \`/problems\`. Commands of one socket are handled in their order.

**Facts** of a room carry \`roomId\` and \`seq\`: each \`seq\` comes once and in order. A client that sees a hole, or connects again, sends \`room.resume\` with the last \`seq\` it has.

Clients ignore facts and fields that they do not know: new ones may come.`;

const CHANNEL = { $ref: '#/channels/root' };

interface Message {
  name: string;
  title: string;
  summary: string;
  contentType: 'application/json';
  payload: unknown;
  examples?: { name?: string; payload: unknown }[];
}

/** The AsyncAPI 3.0 document of the socket events, made from the event map. */
export function asyncApiDocument(config?: Config): object {
  const messages: Record<string, Message> = {};
  const operations: Record<string, object> = {};
  for (const [name, command] of Object.entries<CommandEntry>(COMMANDS)) {
    const ack = `${name}.ack`;
    messages[name] = message(name, 'Command', command.says, schemaOf(command.request, 'input'), [
      { name: 'request', payload: command.example },
    ]);
    messages[ack] = message(
      ack,
      'Acknowledgement',
      `The answer to \`${name}\`.`,
      { oneOf: [schemaOf(command.ack, 'output'), REFUSED] },
      [REFUSED_EXAMPLE],
    );
    operations[operationName(name)] = {
      action: 'receive',
      title: `Command ${name}`,
      summary: command.says,
      channel: CHANNEL,
      messages: [messageRef(name)],
      reply: { channel: CHANNEL, messages: [messageRef(ack)] },
    };
  }
  for (const [name, fact] of Object.entries<FactEntry>(FACTS)) {
    const examples = fact.example === undefined ? [] : [{ name: 'fact', payload: fact.example }];
    messages[name] = message(name, 'Fact', fact.says, schemaOf(fact.payload, 'output'), examples);
    operations[operationName(name)] = {
      action: 'send',
      title: `Fact ${name}`,
      summary: fact.says,
      channel: CHANNEL,
      messages: [messageRef(name)],
    };
  }
  return {
    asyncapi: '3.0.0',
    info: { title: 'Besedka', version: VERSION, description: DESCRIPTION, license: { name: 'MIT' } },
    defaultContentType: 'application/json',
    servers: { besedka: serverOf(config) },
    channels: {
      root: {
        address: '/',
        title: 'The Socket.IO namespace',
        description: 'All commands and facts. A member hears his rooms without asking.',
        messages,
      },
    },
    operations,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'The access token of `POST /api/v1/auth/token`, given in the handshake as `auth: { token }` and renewed in place with `session.renew`.',
        },
      },
    },
  };
}

interface CommandEntry {
  says: string;
  request: z.ZodType;
  ack: z.ZodType;
  example: unknown;
}

interface FactEntry {
  says: string;
  payload: z.ZodType;
  example: unknown;
}

const REFUSED = {
  type: 'object',
  description: 'The command was refused and changed nothing, except where the code says that this is not known.',
  required: ['ok', 'problem'],
  properties: { ok: { type: 'boolean', const: false }, problem: { $ref: '#/components/schemas/Problem' } },
};
const REFUSED_EXAMPLE = {
  name: 'refused',
  payload: {
    ok: false,
    problem: {
      type: '/problems/room/not-found',
      code: 'room/not-found',
      status: 404,
      title: PROBLEMS['room/not-found'][1],
    },
  },
};

function message(
  name: string,
  kind: string,
  says: string,
  payload: unknown,
  examples: Message['examples'] = [],
): Message {
  return {
    name,
    title: `${kind} ${name}`,
    summary: says,
    contentType: 'application/json',
    payload,
    ...(examples.length > 0 ? { examples } : {}),
  };
}

function messageRef(name: string): object {
  return { $ref: `#/channels/root/messages/${name}` };
}

function operationName(event: string): string {
  return event.replace(/\.(\w)/g, (_dot, letter: string) => letter.toUpperCase());
}

function schemaOf(type: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(type, { target: 'draft-7', io });
  return schema;
}

function serverOf(config?: Config): object {
  const address = config?.get('BESEDKA_PUBLIC_URL');
  const url = new URL(address ?? 'http://localhost:3000');
  return {
    host: url.host,
    protocol: url.protocol === 'https:' ? 'wss' : 'ws',
    pathname: `${url.pathname.replace(/\/$/, '')}/socket.io`,
    description: 'Socket.IO over WebSocket.',
    security: [{ $ref: '#/components/securitySchemes/accessToken' }],
  };
}
