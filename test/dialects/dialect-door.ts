import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import type { World } from '../support/world.js';
import { type CaseAnswer, CaseRunner } from './case-runner.js';

const addFormats = addFormatsModule as unknown as (ajv: Ajv2020) => void;

type Request = Parameters<CaseRunner['ask']>[0];

/** A dialect from outside: its documented cases and further requests, every answer held against its OpenAPI document. */
export class DialectDoor {
  private readonly ajv = new Ajv2020({ strict: false });

  private constructor(
    readonly runner: CaseRunner,
    private readonly document: any,
  ) {
    addFormats(this.ajv);
  }

  static async open(w: World, name: string, fixture: string): Promise<DialectDoor> {
    const runner = new CaseRunner(w, CaseRunner.read(fixture));
    await runner.setUp();
    return new DialectDoor(runner, (await w.http.get(`/docs/dialects/${name}.json`)).body);
  }

  /** What a case or a set-up captured. */
  get<T = number>(name: string): T {
    return this.runner.captured.get(name) as T;
  }

  async run(one: Parameters<CaseRunner['run']>[0]): Promise<CaseAnswer> {
    const answer = await this.runner.run(one);
    this.hold(one.request.method, one.request.path, answer);
    return answer;
  }

  /** Asks as the bearer of a token, where one is given. */
  async ask(method: string, path: string, token?: string, more: Partial<Request> = {}): Promise<CaseAnswer> {
    const auth = token === undefined ? {} : { auth: { raw: `Token ${token}` } };
    const answer = await this.runner.ask({ method, path, ...auth, ...more });
    this.hold(method, path, answer);
    return answer;
  }

  private hold(method: string, path: string, { status, body, text, headers }: CaseAnswer): void {
    if (status === 405) return;
    const bare = path.split('?')[0]!.replace(/\/?$/, '/');
    const address = Object.keys(this.document.paths).find((template) =>
      new RegExp(`^${template.replace('{id}', '[^/]+')}$`).test(bare),
    )!;
    const described = this.document.paths[address][method.toLowerCase()].responses[status];
    if (!described) throw new Error(`${method} ${path} answers ${status} ${text}, which its document does not declare`);
    if (!described.content) return expect(text).toBe('');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(this.ajv.validate(described.content['application/json'].schema, body) || this.ajv.errorsText()).toBe(true);
  }
}

/** Status and detail of a refusal. */
export const refusalOf = ({ status, body }: CaseAnswer) => [status, body.detail];
