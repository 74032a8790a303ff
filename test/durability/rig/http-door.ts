import { Agent, request } from 'node:http';

export interface HttpAnswer {
  status: number;
  body: any;
}

/** Well above the five seconds within which the service promises an answer. */
export const UNANSWERED_MS = 10_000;

/** The HTTP API as a plain client sees it that keeps connections and never retries by itself. */
export class HttpDoor {
  private readonly agent = new Agent({ keepAlive: true });

  constructor(
    private readonly port: () => number,
    private readonly unanswered: (says: string) => void,
  ) {}

  /** Answers undefined when the connection ended first: what became of the request is then not known. */
  ask(method: string, path: string, body?: unknown, token?: string): Promise<HttpAnswer | undefined> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve) => {
      const asked = request({
        agent: this.agent,
        host: '127.0.0.1',
        port: this.port(),
        method,
        path: `/api/v1${path}`,
        headers: {
          ...(payload === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      });
      asked.setTimeout(UNANSWERED_MS, () => {
        this.unanswered(`${method} ${path} had no answer in ${UNANSWERED_MS} ms`);
        asked.destroy();
      });
      asked.once('error', () => resolve(undefined));
      asked.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('error', () => resolve(undefined));
        response.once('close', () =>
          resolve(
            response.complete ? { status: response.statusCode!, body: text ? JSON.parse(text) : undefined } : undefined,
          ),
        );
      });
      asked.end(payload);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
