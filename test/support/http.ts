import { checkAnswer } from './contract.js';

export interface Answer<Body = any> {
  status: number;
  body: Body;
  text: string;
  headers: Headers;
}

export interface RequestOptions {
  headers?: Record<string, string>;
  /** Sends this text as it is instead of JSON. */
  raw?: string | Uint8Array;
}

/** A plain HTTP client of the API. Every answer is checked against the OpenAPI document. */
export class HttpClient {
  constructor(
    readonly origin: string,
    private readonly token?: () => string | undefined,
  ) {}

  get = (path: string, options?: RequestOptions) => this.request('GET', path, undefined, options);
  post = (path: string, body?: unknown, options?: RequestOptions) => this.request('POST', path, body, options);
  put = (path: string, body?: unknown, options?: RequestOptions) => this.request('PUT', path, body, options);
  patch = (path: string, body?: unknown, options?: RequestOptions) => this.request('PATCH', path, body, options);
  delete = (path: string, body?: unknown, options?: RequestOptions) => this.request('DELETE', path, body, options);

  async request(method: string, path: string, body?: unknown, options: RequestOptions = {}): Promise<Answer> {
    const url = path.startsWith('http')
      ? path
      : this.origin + (/^\/(api|docs|health|problems|socket\.io|$)/.test(path) ? path : `/api/v1${path}`);
    const token = this.token?.();
    const payload = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { body: payload as RequestInit['body'] }),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    const answer: Answer = {
      status: response.status,
      body: json && text !== '' ? JSON.parse(text) : null,
      text,
      headers: response.headers,
    };
    await checkAnswer(this.origin, method, new URL(url).pathname, answer);
    return answer;
  }
}
