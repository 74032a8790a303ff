import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { KEY_SCOPE_EXTENSION } from '../accounts/takes-key.decorator.js';
import type { Config } from '../platform/config.js';
import { VERSION } from '../platform/version.js';
import { annotate } from './openapi-annotations.js';
import { type OpenApiDocument, type Operation, operationsOf } from './openapi-document.js';
import { addHeaders } from './openapi-headers.js';
import { addRefusals } from './openapi-refusals.js';
import { addExamples, refineSchemas } from './openapi-schemas.js';

const TAGS: Record<string, string> = {
  auth: 'Sign in, stay signed in, sign out.',
  accounts: 'People: register, find, change your own profile.',
  rooms: 'Rooms for groups and for two.',
  members: 'Who is in a room.',
  messages: 'Send, read and change messages; what is unread.',
  appeals: 'What moderation decided about you, why, and how to appeal.',
  reports: 'Report something to the moderators, and what became of it.',
  moderation: 'Block people, remove content, and see who did what. For moderators.',
  integrations: 'For servers: API keys, your own people, and letting them in.',
  health: 'For load balancers and supervisors.',
};

const DESCRIPTION = `Chat rooms and messages over HTTP. The same service is reached over Socket.IO: see \`/docs/asyncapi.json\`.

**Signing in.** \`POST /api/v1/auth/token\` gives an access token for some minutes and a refresh token for the next one. Send the access token as \`Authorization: Bearer …\`.

**Servers** send an API key as \`X-Api-Key\`. Operations that take one name the scope they ask for; the header \`X-Act-As\` says for whom the server acts, and the rules for that person hold.

**Refusals** are \`application/problem+json\` with a \`code\` that is never renamed; every code has a page at \`/problems\`.

**Retries.** Repeat a message with the same \`clientId\`: it is stored once, for ever. Operations with an \`Idempotency-Key\` answer a repetition within 24 hours as they answered the first request.

**Lists** are read page by page: pass \`next\` on, or follow the \`Link\` header. Clients ignore fields that they do not know: new ones may come.`;

/** The OpenAPI 3.1 document of the application. */
export async function openApiDocument(app: INestApplication, config?: Config): Promise<OpenApiDocument> {
  await (annotated ??= annotate());
  const built = SwaggerModule.createDocument(app, frame(config), { autoTagControllers: false });
  const document = JSON.parse(JSON.stringify(built)) as OpenApiDocument;
  document.components.examples = {};
  refineSchemas(document);
  addExamples(document);
  addRefusals(document);
  addHeaders(document);
  for (const { operation } of operationsOf(document)) complete(operation);
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
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' }, 'bearer')
    .addApiKey(
      {
        type: 'apiKey',
        in: 'header',
        name: 'X-Api-Key',
        description: 'The API key of a server, with the scope that is named here.',
      },
      'apiKey',
    );
  if (address !== undefined) builder.addServer(address, 'Its public address');
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const document = builder.build();
  const { contact: _empty, ...info } = document.info;
  return { ...document, info: { ...info, license: { name: 'MIT', identifier: 'MIT' } } };
}

let annotated: Promise<void> | undefined;

const SUCCESS: Record<string, string> = { '200': 'Done.', '201': 'Created.', '204': 'Done; there is no body.' };

/** What the operation itself leaves open. */
function complete(operation: Operation): void {
  const scope = operation[KEY_SCOPE_EXTENSION];
  const signedIn: Record<string, string[]>[] = [
    { password: [] },
    { bearer: [] },
    ...(scope === undefined ? [] : [{ apiKey: [scope] }]),
  ];
  operation.security = operation['x-public'] ? [] : signedIn;
  delete operation['x-public'];
  delete operation[KEY_SCOPE_EXTENSION];
  for (const [status, answer] of Object.entries(operation.responses)) answer.description ||= SUCCESS[status] ?? '';
}

function dropUnused(document: OpenApiDocument, kind: 'examples' | 'headers'): void {
  const text = JSON.stringify(document.paths);
  const components: Record<string, unknown> = document.components[kind];
  for (const name of Object.keys(components))
    if (!text.includes(`"#/components/${kind}/${name}"`)) delete components[name];
}
