import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { AccountsService } from '../../src/accounts/accounts.service.js';
import type { Role } from '../../src/accounts/actor.js';
import { MembersService } from '../../src/rooms/members.service.js';
import type { GroupPreset } from '../../src/rooms/policy.js';
import { RoomsService } from '../../src/rooms/rooms.service.js';
import type { World } from '../support/world.js';
import { RawClient } from './raw-client.js';
import { playSteps, type SocketStep } from './socket-steps.js';

/** A file of conformance cases: what a dialect is asked in this order, and what it has to answer. */
export interface CaseFile {
  dialect: string;
  setup: { users: CaseUser[]; rooms?: CaseRoom[] };
  cases: Case[];
}

interface CaseUser {
  key: string;
  username: string;
  password: string;
  email?: string;
  first_name?: string;
  last_name?: string;
  role: Role;
}

interface CaseRoom {
  key: string;
  name: string;
  /** Keys of users. */
  participants: string[];
  preset: GroupPreset;
}

export interface Case {
  id: string;
  title: string;
  /** Instead of a request. */
  ws?: { url: string; steps: SocketStep[] };
  request: {
    method: string;
    path: string;
    auth?: { token?: string; basic?: [string, string]; bare_base64?: [string, string]; raw?: string };
    json?: unknown;
    form?: Record<string, string>;
    multipart?: Record<string, string>;
    raw?: string;
    content_type?: string;
    headers?: Record<string, string>;
  };
  expect: { status: number | number[] } & Record<string, unknown>;
  capture?: Record<string, string>;
}

export interface CaseAnswer {
  status: number;
  headers: Headers;
  text: string;
  body: any;
}

/** Looks at one part of an answer. */
const CHECKS: Record<string, (answer: CaseAnswer, expected: any) => void> = {
  status: ({ status }, expected) => expect([expected].flat()).toContain(status),
  headers: ({ headers }, expected: Record<string, string>) => {
    for (const [name, form] of Object.entries(expected)) expect(headers.get(name) ?? '').toMatch(new RegExp(form));
  },
  content_type: ({ headers }, expected: string) => expect(headers.get('content-type')).toMatch(new RegExp(expected)),
  schema: ({ body }, expected: object) => {
    const ajv = new Ajv2020({ strict: false });
    if (!ajv.validate(expected, body)) throw new Error(`${ajv.errorsText()} in ${JSON.stringify(body).slice(0, 500)}`);
  },
  values: ({ body }, expected: Record<string, unknown>) => {
    for (const [path, value] of Object.entries(expected)) expect({ [path]: at(body, path) }).toEqual({ [path]: value });
  },
  count: ({ body }, expected: number) => expect(body).toHaveLength(expected),
  contains: ({ body }, expected: object[]) => {
    for (const part of expected) expect(body).toContainEqual(expect.objectContaining(part));
  },
  excludes: ({ body }, expected: object[]) => {
    for (const part of expected) expect(body).not.toContainEqual(expect.objectContaining(part));
  },
  includes: ({ body }, expected: Record<string, unknown[]>) => {
    for (const [path, members] of Object.entries(expected))
      expect(at(body, path)).toEqual(expect.arrayContaining(members));
  },
  contains_at: ({ body }, { path, items }: { path: string; items: object[] }) => {
    for (const part of items) expect(at(body, path)).toContainEqual(expect.objectContaining(part));
  },
  every: ({ body }, { any_of_keys: keys, equals }: { any_of_keys: string[]; equals: unknown }) => {
    for (const item of body) expect(keys.map((key) => at(item, key))).toContainEqual(equals);
  },
  not_before: ({ body }, expected: Record<string, string>) => {
    for (const [path, time] of Object.entries(expected))
      expect(Date.parse(at(body, path))).toBeGreaterThanOrEqual(Date.parse(time));
  },
  ordered_by: ({ body }, { key, dir }: { key: string; dir: 'asc' | 'desc' }) => {
    const values = (body as any[]).map((item) => at(item, key));
    const ascending = values.toSorted((one, other) => (one < other ? -1 : one > other ? 1 : 0));
    expect(values).toEqual(dir === 'asc' ? ascending : ascending.toReversed());
  },
};

/** Runs the cases of a file, one after the other; they share what they capture. */
export class CaseRunner {
  readonly captured = new Map<string, unknown>([['run', '']]);

  constructor(
    private readonly world: World,
    readonly file: CaseFile,
  ) {}

  static read(name: string): CaseFile {
    return parse(readFileSync(new URL(`../fixtures/dialects/${name}`, import.meta.url), 'utf8')) as CaseFile;
  }

  /** Makes what must be there before the first case, as an administrator would. */
  async setUp(): Promise<void> {
    const accounts = this.world.app.get(AccountsService);
    for (const { key, first_name: firstName, last_name: lastName, ...user } of this.file.setup.users) {
      const { username, password, role, email } = user;
      const profile = { ...(email && { email }), ...(firstName && { firstName }), ...(lastName && { lastName }) };
      const { id } = await accounts.create({ username, password, role, ...profile });
      this.captured.set(`id.${key}`, id);
    }
    for (const room of this.file.setup.rooms ?? []) this.captured.set(`room.${room.key}`, await this.openRoom(room));
  }

  async run(one: Case): Promise<CaseAnswer> {
    await this.lookUp(one);
    const { request, expect: expected, capture = {} } = one;
    const answer = await this.ask(this.filled(request) as Case['request']);
    for (const [name, what] of Object.entries(this.filled(expected) as Case['expect'])) {
      const check = CHECKS[name];
      if (!check) throw new Error(`No check is known for ${name}`);
      check(answer, what);
      // A redirection that is allowed ends the case.
      if (name === 'status' && answer.status >= 300 && answer.status < 400) return answer;
    }
    for (const [name, path] of Object.entries(capture)) this.captured.set(name, at(answer.body, path));
    return answer;
  }

  /** Plays what a case does with sockets. */
  async play(one: Case): Promise<void> {
    await this.lookUp(one);
    const { url, steps } = this.filled(one.ws) as NonNullable<Case['ws']>;
    await playSteps(steps, {
      open: (auth) => RawClient.open(this.world.origin + url, this.authorization(auth)),
      ask: (request) => this.ask(request),
      look: (body, expected) => {
        for (const [name, what] of Object.entries(expected))
          CHECKS[name]!({ status: 0, headers: new Headers(), text: '', body }, what);
      },
    });
  }

  async ask({ method, path, auth, headers = {}, ...body }: Case['request']): Promise<CaseAnswer> {
    const response = await fetch(this.world.origin + path, {
      method,
      redirect: 'manual',
      headers: { ...this.authorization(auth), ...typeOf(body), ...headers },
      ...(method === 'GET' ? {} : { body: payloadOf(body) }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null };
  }

  private authorization(auth: Case['request']['auth']): Record<string, string> {
    if (auth?.token !== undefined) return { authorization: `Token ${String(this.get(auth.token))}` };
    if (auth?.basic) return { authorization: `Basic ${base64(auth.basic)}` };
    if (auth?.bare_base64) return { authorization: base64(auth.bare_base64) };
    return auth?.raw === undefined ? {} : { authorization: auth.raw };
  }

  /** A room with these people in it and nobody else, as an administrator leaves it behind. */
  private async openRoom({ name, participants, preset }: CaseRoom): Promise<number> {
    const { key, username, role } = this.file.setup.users.find((user) => user.role === 'superuser')!;
    const idOf = (key: string) => this.get(`id.${key}`) as number;
    const maker = { accountId: idOf(key), username, role, sessionId: undefined };
    const members = participants.map(idOf);
    const { id } = await this.world.app.get(RoomsService).create(maker, { name, preset, members });
    if (!members.includes(maker.accountId)) await this.world.app.get(MembersService).leave(maker, id);
    return id;
  }

  /** Finds the accounts that a case names and nobody captured. */
  private async lookUp(one: Case): Promise<void> {
    for (const [, name] of JSON.stringify(one).matchAll(/\$\{(?:str:)?id\.([^}]+)\}/g)) {
      if (this.captured.has(`id.${name}`)) continue;
      const id = await this.world.app.get(AccountsService).idOf(`${name}${String(this.captured.get('run'))}`);
      this.captured.set(`id.${name}`, id);
    }
  }

  private get(name: string): unknown {
    if (!this.captured.has(name)) throw new Error(`Nobody captured ${name}`);
    return this.captured.get(name);
  }

  private filled(value: unknown): unknown {
    if (typeof value === 'string') {
      const whole = /^\$\{([^}:]+)\}$/.exec(value);
      if (whole) return this.get(whole[1]!);
      return value.replace(/\$\{(?:str:)?([^}]+)\}/g, (_all, name: string) => String(this.get(name)));
    }
    if (Array.isArray(value)) return value.map((one) => this.filled(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.filled(one)]));
  }
}

const base64 = (credentials: readonly string[]) => Buffer.from(credentials.join(':')).toString('base64');

function at(value: any, path: string): any {
  return path.split('.').reduce((part, name) => part?.[name], value);
}

type Body = Pick<Case['request'], 'json' | 'form' | 'multipart' | 'raw' | 'content_type'>;

function typeOf({ json, content_type: type }: Body): Record<string, string> {
  if (json !== undefined) return { 'content-type': 'application/json' };
  return type === undefined ? {} : { 'content-type': type };
}

function payloadOf({ json, form, multipart, raw }: Body): RequestInit['body'] {
  if (json !== undefined) return JSON.stringify(json);
  if (form) return new URLSearchParams(form);
  if (!multipart) return raw ?? null;
  const parts = new FormData();
  for (const [name, value] of Object.entries(multipart)) parts.set(name, value);
  return parts;
}
