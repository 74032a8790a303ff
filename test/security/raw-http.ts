import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { PROBLEMS, type ProblemView } from '../../src/platform/problems.js';
import { checkAnswer } from '../support/contract.js';
import type { Answer } from '../support/http.js';

export interface RawRequest {
  method: string;
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer | undefined;
}

/** HTTP without the manners of `fetch`: any method, path, header and body. What stands in the OpenAPI document is checked against it. */
export class RawHttp {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private readonly port: number;

  constructor(readonly origin: string) {
    this.port = Number(new URL(origin).port);
  }

  async send(request: RawRequest): Promise<Answer> {
    const answer = await this.answerTo(request);
    if (request.method !== 'HEAD') await checkAnswer(this.origin, request.method, request.path.split('?')[0]!, answer);
    return answer;
  }

  /** Tries again where a kept connection had just been closed by the server, as every client must. */
  private answerTo({ method, path, headers: given = {}, body }: RawRequest): Promise<Answer> {
    const headers = body === undefined ? given : { 'content-length': String(Buffer.byteLength(body)), ...given };
    return new Promise<Answer>((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: this.port, agent: this.agent, method, path, headers },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(parts).toString();
            const received = new Headers();
            for (let i = 0; i < response.rawHeaders.length; i += 2)
              received.append(response.rawHeaders[i]!, response.rawHeaders[i + 1]!);
            const json = /json/.test(received.get('content-type') ?? '') && text !== '';
            resolve({ status: response.statusCode!, headers: received, text, body: json ? JSON.parse(text) : null });
          });
        },
      );
      sent.setTimeout(10_000, () => sent.destroy(new Error(`${method} ${path.slice(0, 100)} is not answered`)));
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && error.code === 'ECONNRESET')
          this.answerTo({ method, path, headers, body }).then(resolve, reject);
        else reject(error);
      });
      sent.end(body);
    });
  }

  /** Sends bytes and answers all that comes back until the server closes, or has been silent for a while. */
  exchange(bytes: string | Buffer, silence = 500): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1', () => socket.write(bytes));
      let heard = '';
      socket.setTimeout(silence, () => (resolve(heard), socket.destroy()));
      socket.on('data', (part) => (heard += part.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', (error: NodeJS.ErrnoException) =>
        error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(heard) : reject(error),
      );
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What is wrong with an answer whatever was asked: a failure of the server, or a refusal that is no proper problem. */
export function faultIn({ status, headers, body, text }: Answer): string | undefined {
  if (status >= 500) return `${status} ${text.slice(0, 200)}`;
  if (status < 400) return undefined;
  const problem = body as ProblemView | null;
  if (!headers.get('content-type')?.startsWith('application/problem+json'))
    return `${status} as ${headers.get('content-type')}: ${text.slice(0, 200)}`;
  if (!problem || PROBLEMS[problem.code]?.[0] !== status || problem.status !== status)
    return `${status} with ${text.slice(0, 200)}`;
  if (problem.type !== `/problems/${problem.code}` || problem.title !== PROBLEMS[problem.code][1])
    return `${status} with ${text.slice(0, 200)}`;
  if (problem.requestId !== headers.get('x-request-id'))
    return `the problem is of ${problem.requestId}, the answer of ${headers.get('x-request-id')}`;
  const { errors = [] } = problem;
  if (errors.length > 10 || errors.some(({ pointer, message }) => !pointer.startsWith('#') || message === ''))
    return `errors ${JSON.stringify(errors).slice(0, 300)}`;
  return undefined;
}
