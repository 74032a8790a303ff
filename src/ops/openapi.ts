import type { INestApplication } from '@nestjs/common';
import { ApiExtension, ApiOperation, DECORATORS, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { PUBLIC } from '../accounts/public.decorator.js';
import { metadata } from '../metadata.js';
import type { Config } from '../platform/config.js';
import { VERSION } from '../platform/version.js';
import { isSuccess, type OpenApiDocument, type Operation, operationsOf, resolved } from './openapi-document.js';
import { addLimits, type ModelMetadata } from './openapi-limits.js';
import { addRefusals } from './openapi-refusals.js';
import { addExamples, refineSchemas } from './openapi-schemas.js';

const TAGS: Record<string, string> = {
  auth: 'Sign in, stay signed in, sign out.',
  accounts: 'People: register, find, change your own profile.',
  rooms: 'Rooms for groups and for two.',
  members: 'Who is in a room.',
  messages: 'Send, read and change messages; what is unread.',
  health: 'For load balancers and supervisors.',
};

const DESCRIPTION = `Chat rooms and messages over HTTP. The same service is reached over Socket.IO: see \`/docs/asyncapi.json\`.

**Signing in.** \`POST /api/v1/auth/token\` gives an access token for some minutes and a refresh token for the next one. Send the access token as \`Authorization: Bearer …\`.

**Refusals** are \`application/problem+json\` with a \`code\` that is never renamed; every code has a page at \`/problems\`.

**Retries.** Repeat a message with the same \`clientId\`: it is stored once, for ever. Operations with an \`Idempotency-Key\` answer a repetition within 24 hours as they answered the first request.

**Lists** are read page by page: pass \`next\` on, or follow the \`Link\` header. Clients ignore fields that they do not know: new ones may come.`;

const HEADERS = {
  'X-Request-Id': {
    description:
      'Names this request in the log: as the client sent it (1 to 64 letters, digits and `_.:-`), or made by the service.',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    schema: { type: 'integer', minimum: 0 },
  },
  'WWW-Authenticate': { description: '`Bearer`', schema: { type: 'string' } },
  Link: {
    description: 'Addresses of the neighbouring pages, `rel="next"` and `rel="prev"`, where there are any.',
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: '`true` where this is the answer that was kept of an earlier request.',
    schema: { type: 'string', enum: ['true'] },
  },
};

/** The OpenAPI 3.1 document of the application. */
export async function openApiDocument(app: INestApplication, config?: Config): Promise<OpenApiDocument> {
  await (annotated ??= annotate());
  const built = SwaggerModule.createDocument(app, frame(config), { autoTagControllers: false });
  const document = JSON.parse(JSON.stringify(built)) as OpenApiDocument;
  document.components.headers = HEADERS;
  document.components.examples = {};
  refineSchemas(document);
  addExamples(document);
  addRefusals(document);
  for (const { operation } of operationsOf(document)) {
    operation.security = operation['x-public'] ? [] : [{ password: [] }, { bearer: [] }];
    delete operation['x-public'];
    addHeaders(document, operation);
  }
  dropUnused(document, 'examples');
  dropUnused(document, 'headers');
  return document;
}

function frame(config?: Config) {
  const address = config?.get('BESEDKA_PUBLIC_URL');
  const here = address === undefined ? '' : new URL(address).pathname.replace(/\/$/, '');
  const tokenUrl = `${here}/api/v1/auth/token`;
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Besedka')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer(here || '/', 'The server that gave this document')
    .addOAuth2(
      {
        type: 'oauth2',
        description: 'User name and password of an account.',
        flows: { password: { tokenUrl, refreshUrl: tokenUrl, scopes: {} } },
      },
      'password',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' }, 'bearer');
  if (address !== undefined) builder.addServer(address, 'Its public address');
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = builder.build();
  const { contact: _empty, ...info } = document.info;
  return { ...document, info: { ...info, license: { name: 'MIT', identifier: 'MIT' } } };
}

let annotated: Promise<void> | undefined;

/** Gives Swagger what its decorators lack: types and comments from src/metadata.ts, and which operations are public. */
async function annotate(): Promise<void> {
  const loaded = await metadata();
  const { models, controllers } = loaded['@nestjs/swagger'] as unknown as {
    models: ModelMetadata[];
    controllers: ControllerMetadata[];
  };
  await addLimits(models);
  await SwaggerModule.loadPluginMetadata(async () => loaded);
  for (const [file, classes] of controllers) {
    for (const [name, methods] of Object.entries(classes)) {
      const controller = (await file)[name];
      if (!controller) throw new Error(`src/metadata.ts knows a controller ${name} that is gone: run npm run generate`);
      for (const [key, { description }] of Object.entries(methods)) {
        const handler = Object.getOwnPropertyDescriptor(controller.prototype, key);
        if (typeof handler?.value !== 'function') continue;
        describe(controller.prototype, key, handler, description);
        if (Reflect.getMetadata(PUBLIC, handler.value) || Reflect.getMetadata(PUBLIC, controller))
          ApiExtension('x-public', true)(controller.prototype, key, handler);
      }
    }
  }
}

type ControllerMetadata = [
  Promise<Record<string, (new () => unknown) | undefined>>,
  Record<string, Record<string, { description?: string }>>,
];

/** A comment says more than the summary; Swagger leaves it out where `@ApiOperation` stands. */
function describe(prototype: object, key: string, handler: PropertyDescriptor, comment: string | undefined): void {
  const known = Reflect.getMetadata(DECORATORS.API_OPERATION, handler.value as object) as
    { summary?: string; description?: string } | undefined;
  if (comment === undefined || known?.description !== undefined) return;
  const summary = `${known?.summary}.`;
  const description = comment.startsWith(summary) ? comment.slice(summary.length).trim() : comment;
  if (description !== '') ApiOperation({ ...known, description })(prototype, key, handler);
}

function addHeaders(document: OpenApiDocument, operation: Operation): void {
  const keyed = operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key');
  for (const [status, answer] of Object.entries(operation.responses)) {
    const names: (keyof typeof HEADERS)[] = ['X-Request-Id'];
    if (status === '401') names.push('WWW-Authenticate');
    if (status === '429' || status === '503' || answer['x-codes']?.includes('idempotency/in-progress'))
      names.push('Retry-After');
    if (isSuccess(status) && keyed) names.push('Idempotency-Replayed');
    if (isSuccess(status) && isList(document, answer.content)) names.push('Link');
    answer.headers = {
      ...Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
      ...answer.headers,
    };
  }
}

function isList(document: OpenApiDocument, content: Operation['responses'][string]['content'] = {}): boolean {
  return Object.values(content).some(({ schema }) => 'hasMore' in (resolved(document, schema).properties ?? {}));
}

function dropUnused(document: OpenApiDocument, kind: 'examples' | 'headers'): void {
  const text = JSON.stringify(document.paths);
  const components: Record<string, unknown> = document.components[kind];
  for (const name of Object.keys(components))
    if (!text.includes(`"#/components/${kind}/${name}"`)) delete components[name];
}
