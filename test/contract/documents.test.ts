import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { parse } from 'yaml';
import type { OpenApiDocument, PlacedOperation } from '../../src/ops/openapi-document.js';
import { operationsOf } from '../../src/ops/openapi-document.js';
import { COMMANDS, FACTS } from '../../src/realtime/events.js';
import { type Person, world, type World } from '../support/world.js';

const PUBLIC = ['getLiveness', 'getReadiness', 'issueToken', 'register', 'setUp'];
/** POSTs that need no Idempotency-Key: a clientId does its work, repeating them changes nothing, or their answer is a secret that is not kept. */
const WITHOUT_KEY = [
  'createKey',
  'createWebhook',
  'dryRunFilters',
  'fileAppeal',
  'issuePersonToken',
  'issueTicket',
  'joinRoom',
  'logout',
  'logoutEverywhere',
  'rotateKey',
  'rotateWebhookSecret',
  'sendMessage',
];

let w: World;
let document: OpenApiDocument;
let operations: PlacedOperation[];

beforeAll(async () => {
  w = await world();
  document = (await w.http.get('/docs/openapi.json')).body as OpenApiDocument;
  operations = operationsOf(document);
});
afterAll(() => w?.close());

/** Names of the operations for which `holds` does not. */
function without(holds: (placed: PlacedOperation) => boolean): string[] {
  return operations.filter((placed) => !holds(placed)).map(({ operation }) => operation.operationId);
}

interface Linted {
  totals: { errors: number; warnings: number; ignored: number };
  problems: object[];
}

/** What Redocly says of a document, asked offline. */
async function lint(text: string): Promise<Linted> {
  const directory = mkdtempSync(join(tmpdir(), 'besedka-openapi-'));
  try {
    const file = join(directory, 'openapi.json');
    writeFileSync(file, text);
    const cli = join(dirname(createRequire(__filename).resolve('@redocly/cli/package.json')), 'bin/cli.js');
    const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const args = [cli, 'lint', '--extends', 'recommended', '--format', 'json', file];
    const output = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, { env, maxBuffer: 2 ** 26 }, (_failed, stdout) => resolve(stdout)),
    );
    const { totals, problems } = JSON.parse(output) as Linted;
    return { totals, problems };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe('the OpenAPI document', () => {
  it('has no error and no warning under the recommended rules of Redocly', async () => {
    expect(await lint(JSON.stringify(document))).toEqual({
      totals: { errors: 0, warnings: 0, ignored: 0 },
      problems: [],
    });
    const { totals } = await lint(
      JSON.stringify({ ...document, paths: { '/broken/{id}': { get: { responses: {} } } } }),
    );
    expect(totals.errors).toBeGreaterThan(0);
  });

  it('is the same in YAML', async () => {
    const yaml = await w.http.get('/docs/openapi.yaml');
    expect(yaml.headers.get('content-type')).toContain('yaml');
    expect(parse(yaml.text)).toEqual(document);
  });

  it('may be kept, and is not sent again when it did not change', async () => {
    const first = await w.http.get('/docs/openapi.json');
    expect(first.headers.get('cache-control')).toContain('public');
    const again = await fetch(`${w.origin}/docs/openapi.json`, {
      headers: { 'if-none-match': first.headers.get('etag')! },
    });
    expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
  });

  it('names, summarizes and groups every operation', () => {
    expect(operations.length).toBeGreaterThan(30);
    expect(without(({ operation }) => /^[a-z][a-zA-Z]+$/.test(operation.operationId))).toEqual([]);
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    expect(without(({ operation }) => /^[A-Z].+[^.]$/.test(operation.summary))).toEqual([]);
    const described = new Set(document.tags.filter((tag) => tag.description).map((tag) => tag.name));
    expect(without(({ operation }) => operation.tags?.length === 1 && described.has(operation.tags[0]!))).toEqual([]);
    expect([...described].filter((tag) => !operations.some(({ operation }) => operation.tags?.includes(tag)))).toEqual(
      [],
    );
  });

  it('gives every body and every answer a schema and an example', () => {
    const shown = ({ operation }: PlacedOperation) => {
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      const media = [operation.requestBody, ...answers.map(([, answer]) => answer)].flatMap((part) =>
        Object.values(part?.content ?? {}),
      );
      const bodies = answers.every(([status, answer]) => (status === '204') === (answer.content === undefined));
      return (
        answers.length > 0 &&
        bodies &&
        media.every(({ schema, example }) => schema !== undefined && example !== undefined)
      );
    };
    expect(without(shown)).toEqual([]);
    expect(without(({ method, operation }) => method !== 'patch' || operation.requestBody !== undefined)).toEqual([]);
  });

  it('documents every refusal with its codes, a schema and an example for each', () => {
    const refused = ({ operation }: PlacedOperation) => {
      const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      return (
        refusals.length >= 3 &&
        refusals.every(([, answer]) => {
          const media = answer.content?.['application/problem+json'];
          return (
            answer['x-codes']!.length > 0 &&
            media?.schema.$ref === '#/components/schemas/Problem' &&
            Object.keys(media.examples!).length === answer['x-codes']!.length
          );
        })
      );
    };
    expect(without(refused)).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('x-problems');
    expect(JSON.stringify(document)).not.toContain('x-public');
  });

  it('says of each operation whether one must be signed in, and the service does so', async () => {
    expect(
      operations
        .filter(({ operation }) => operation.security?.length === 0)
        .map(({ operation }) => operation.operationId)
        .sort(),
    ).toEqual(PUBLIC);
    for (const { path, method, operation } of operations) {
      const answer = await w.http.request(method.toUpperCase(), path.replace(/\{\w+\}/g, '1'));
      const code = (answer.body as { code?: string } | null)?.code;
      expect([operation.operationId, code === 'auth/required']).toEqual([
        operation.operationId,
        operation.security!.length > 0,
      ]);
    }
  });

  it('takes an Idempotency-Key for every POST of a signed-in person that needs one', () => {
    const posts = operations.filter(({ method, operation }) => method === 'post' && operation.security!.length > 0);
    const unkeyed = posts.filter(
      ({ operation }) => !operation.parameters?.some((parameter) => parameter.name === 'Idempotency-Key'),
    );
    expect(unkeyed.map(({ operation }) => operation.operationId).sort()).toEqual(WITHOUT_KEY);
  });

  it('has only examples that fit their schemas', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    (addFormatsModule as unknown as (ajv: Ajv2020) => void)(ajv);
    ajv.addSchema(document, 'api');
    const mistakes: string[] = [];
    let checked = 0;
    const check = (name: string, schema: object, example: unknown) => {
      checked++;
      const rebased = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
      if (!ajv.validate(rebased, example)) mistakes.push(`${name}: ${ajv.errorsText()}`);
    };
    for (const { operation } of operations) {
      for (const part of [operation.requestBody, ...Object.values(operation.responses)])
        for (const { schema, example } of Object.values(part?.content ?? {}))
          if (example !== undefined) check(operation.operationId, schema, example);
      for (const { name, schema, example } of operation.parameters ?? [])
        if ((example ?? schema.example) !== undefined)
          check(`${operation.operationId} ${name}`, schema, example ?? schema.example);
    }
    for (const [name, { value }] of Object.entries(document.components.examples))
      check(name, { $ref: '#/components/schemas/Problem' }, value);
    expect(mistakes).toEqual([]);
    expect(checked).toBeGreaterThan(100);
  });

  it('has examples of requests that the service takes', async () => {
    const carol = await w.person('carol');
    const room = await carol.http.post('/rooms', { name: 'examples', preset: 'private' });
    const seen: string[] = [];
    for (const { path, method, operation } of operations) {
      for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
        const address = path.replace('{roomId}', String(room.body.id)).replace(/\{\w+\}/g, '4097');
        const raw =
          type === 'application/json'
            ? JSON.stringify(example)
            : typeof example === 'string'
              ? example
              : new URLSearchParams(example as Record<string, string>).toString();
        const answer = await carol.http.request(method.toUpperCase(), address, undefined, {
          raw,
          headers: { 'content-type': type },
        });
        expect([operation.operationId, type, answer.status < 500, answer.status, answer.text]).not.toEqual([
          operation.operationId,
          type,
          true,
          400,
          answer.text,
        ]);
        expect(answer.status).toBeLessThan(500);
        seen.push(operation.operationId);
      }
    }
    expect(seen.length).toBeGreaterThan(10);
  });

  it('tells the limits that are checked', () => {
    const { CreateRoom, Register } = document.components.schemas;
    expect(CreateRoom?.properties?.name).toMatchObject({ type: 'string', minLength: 1, maxLength: 255 });
    expect(CreateRoom?.properties?.capacity).toMatchObject({
      type: ['integer', 'null'],
      minimum: 1,
      maximum: 1_000_000,
    });
    expect(Register).toMatchObject({ additionalProperties: false });
    const list = operations.find(({ operation }) => operation.operationId === 'listMessages')!;
    expect(list.operation.parameters?.find((parameter) => parameter.name === 'limit')?.schema).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 200,
      default: 50,
    });
  });
});

describe('a list', () => {
  it('links to its neighbours', async () => {
    const dave: Person = await w.person('dave');
    for (const name of ['one', 'two', 'three']) await dave.http.post('/rooms', { name, preset: 'private' });
    const seen: string[] = [];
    for (let address: string | undefined = '/api/v1/rooms?view=mine&limit=2'; address;) {
      const page = await dave.http.get(address);
      seen.push(...(page.body.items as { name: string }[]).map((room) => room.name));
      const next: string | undefined = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
      address = next === undefined ? undefined : new URL(next, w.origin + address).href.slice(w.origin.length);
      if (address) expect(address).toContain('view=mine&limit=2&cursor=');
    }
    expect(seen.sort()).toEqual(['one', 'three', 'two']);
  });

  it('links in both directions by seq where its places are seqs', async () => {
    const erin: Person = await w.person('erin');
    const room = await erin.http.post('/rooms', { name: 'history', preset: 'private' });
    for (let i = 1; i <= 5; i++)
      await erin.http.post(`/rooms/${room.body.id}/messages`, { text: `text ${i}`, clientId: `link-${i}` });
    const whole = await erin.http.get(`/rooms/${room.body.id}/messages`);
    const middle = (whole.body.items as { seq: number }[])[2]!.seq;
    const page = await erin.http.get(`/rooms/${room.body.id}/messages?before=${middle + 1}&limit=2`);
    const links = page.headers.get('link')!;
    const [first, last] = page.body.items as { seq: number }[];
    expect(links).toContain(`<?limit=2&after=${last!.seq}>; rel="next"`);
    expect(links).toContain(`<?limit=2&before=${first!.seq}>; rel="prev"`);
  });
});

describe('Swagger UI', () => {
  it.each(['/docs', '/docs/'])('at %s loads everything from its own origin', async (path) => {
    const page = await w.http.get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).not.toMatch(/https?:|<script>|<style|\son\w+=|\sstyle=/);
    const files = [...page.text.matchAll(/(?:src|href|data-document)="([^"]+)"/g)].map(
      ([, file]) => new URL(file!, w.origin + path),
    );
    expect(files.map((file) => file.pathname)).toEqual(
      expect.arrayContaining([
        '/docs/openapi.json',
        '/docs/swagger-ui-bundle.js',
        '/docs/swagger-ui.css',
        '/docs/start.js',
      ]),
    );
    for (const file of files) {
      expect(file.origin).toBe(w.origin);
      const asset = await fetch(file);
      expect([file.pathname, asset.status]).toEqual([file.pathname, 200]);
      if (/start\.|\.css$/.test(file.pathname))
        expect(await asset.text()).not.toMatch(/url\(\s*["']?https?:|https?:\/\/(?!www\.w3\.org)/);
    }
  });

  it('is held to its origin by a policy without exceptions for scripts and styles', async () => {
    const policy = (await w.http.get('/docs')).headers.get('content-security-policy')!;
    expect(policy).toContain(`default-src 'self'`);
    expect(policy).toContain(`frame-ancestors 'none'`);
    expect(policy).not.toMatch(/unsafe|https?:|\*|upgrade-insecure-requests|script-src|style-src|connect-src/);
  });

  it('serves nothing else of its package', async () => {
    for (const file of [
      'index.html',
      'swagger-initializer.js',
      'package.json',
      'swagger-ui-bundle.js.map',
      '../package.json',
      '%2e%2e/package.json',
    ])
      expect([file, (await w.http.get(`/docs/${file}`)).status]).toEqual([file, 404]);
  });

  it('signs in with user name and password in the form of OAuth 2.0', async () => {
    const frank = await w.person('frank');
    const { tokenUrl } = (
      document.components.securitySchemes as { password: { flows: { password: { tokenUrl: string } } } }
    ).password.flows.password;
    const signedIn = await fetch(new URL(tokenUrl, w.origin), {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: 'Basic Og==',
        'x-requested-with': 'XMLHttpRequest',
      },
      body: new URLSearchParams({
        grant_type: 'password',
        username: frank.username,
        password: frank.password,
        scope: '',
      }).toString(),
    });
    expect(signedIn.status).toBe(200);
    const { access_token: token, token_type: type } = (await signedIn.json()) as {
      access_token: string;
      token_type: string;
    };
    expect(type.toLowerCase()).toBe('bearer');
    const me = await w.http.get('/accounts/me', { headers: { authorization: `Bearer ${token}` } });
    expect(me.body.username).toBe('frank');
  });
});

describe('the AsyncAPI document', () => {
  interface AsyncDocument {
    operations: Record<string, { action: string; title: string; reply?: object }>;
    channels: { root: { messages: Record<string, { examples?: unknown[] }> } };
  }

  let text: string;
  // Asked once: the parser keeps the process so busy that a connection left open meanwhile is no longer one.
  beforeAll(async () => void (text = (await w.http.get('/docs/asyncapi.json')).text));

  it('is accepted by the AsyncAPI parser without errors and warnings', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
  });

  it('has every command with its ack and every fact, and nothing else', () => {
    const { operations: events, channels } = JSON.parse(text) as AsyncDocument;
    const titled = (word: string) =>
      Object.values(events)
        .filter(({ title }) => title.startsWith(`${word} `))
        .map(({ title }) => title.slice(word.length + 1))
        .sort();
    expect(titled('Command')).toEqual(Object.keys(COMMANDS).sort());
    expect(titled('Fact')).toEqual(Object.keys(FACTS).sort());
    expect(
      Object.values(events).filter(({ action, reply }) => (action === 'receive') !== (reply !== undefined)),
    ).toEqual([]);
    expect(Object.keys(channels.root.messages).length).toBe(
      2 * Object.keys(COMMANDS).length + Object.keys(FACTS).length,
    );
  });

  it('has only examples that fit', () => {
    for (const [name, { request, example }] of Object.entries(COMMANDS))
      expect([name, request.safeParse(example).error]).toEqual([name, undefined]);
    for (const [name, { payload, example }] of Object.entries(FACTS))
      if (example !== undefined) expect([name, payload.safeParse(example).error]).toEqual([name, undefined]);
  });
});
