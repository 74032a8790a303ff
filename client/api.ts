import { type Calls, CALLS } from './generated/calls.js';
import type { Problem } from './generated/types.js';
import { BesedkaProblem, ConnectionLost } from './problem.js';
import type { Tokens } from './tokens.js';

type Given<Data> = {
  [
    Member in keyof Data as Member extends 'url' ? never : undefined extends Data[Member] ? never : Member
  ]: Data[Member];
} & {
  [
    Member in keyof Data as Member extends 'url' ? never : undefined extends Data[Member] ? Member : never
  ]?: Data[Member];
};

/** What a call takes: `path`, `query` and `body` as far as it has them. */
export type CallData<Name extends keyof Calls> = Given<Calls[Name]['data']>;
export type CallAnswer<Name extends keyof Calls> = Calls[Name]['answer'];

interface Parts {
  path?: Record<string, unknown>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, unknown>;
}

const OUTDATED = new Set(['auth/token-expired', 'auth/token-invalid']);

/** Every call of the HTTP API by its operation id, typed by the OpenAPI document. */
export class Api {
  constructor(
    private readonly url: string,
    private readonly tokens: () => Tokens | undefined,
    private readonly timeoutMs: number,
  ) {}

  /** The answer's body; throws BesedkaProblem for a refusal and ConnectionLost when no answer came. */
  async call<Name extends keyof Calls>(name: Name, data: CallData<Name>): Promise<CallAnswer<Name>> {
    const token = await this.tokens()?.get();
    try {
      return await this.request(name, data, token);
    } catch (error) {
      if (!token || !(error instanceof BesedkaProblem) || !OUTDATED.has(error.code)) throw error;
      this.tokens()!.refuse(token);
      return this.request(name, data, await this.tokens()!.get());
    }
  }

  private async request<Answer>(
    name: keyof Calls,
    { path = {}, query = {}, body, headers }: Parts,
    token?: string,
  ): Promise<Answer> {
    const [method, template] = CALLS[name].split(' ') as [string, string];
    const url = new URL(
      template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key]))),
      this.url,
    );
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    let status: number;
    let text: string;
    try {
      const response = await fetch(url, {
        method,
        headers: {
          ...(headers as Record<string, string>),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        signal: AbortSignal.timeout(this.timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      throw new ConnectionLost(`${name}: ${(error as Error).message}`);
    }
    const answer = parsed(text);
    if (status < 400) return answer as Answer;
    throw new BesedkaProblem(isProblem(answer) ? answer : unexplained(status));
  }
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(answer: unknown): answer is Problem {
  return typeof answer === 'object' && answer !== null && typeof (answer as Problem).code === 'string';
}

/** An error of something between us and the service, such as a proxy. */
function unexplained(status: number): Problem {
  return { type: 'about:blank', code: 'server/unavailable', status, title: `HTTP ${status}` };
}
