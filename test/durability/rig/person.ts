import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer, HttpDoor } from './http-door.js';

/** What has to be kept of a person to be him again later. */
export interface PersonRecord {
  id: number;
  username: string;
  password: string;
  token: string;
  refreshToken: string;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const AGAIN_MS = 100;

/** Somebody with an account, whose tokens are renewed when they expire. */
export class Person {
  readonly id: number;
  readonly username: string;
  private renewing: Promise<void> | undefined;

  constructor(
    private readonly record: PersonRecord,
    private readonly http: HttpDoor,
  ) {
    this.id = record.id;
    this.username = record.username;
  }

  get token(): string {
    return this.record.token;
  }

  ask(method: string, path: string, body?: unknown): Promise<HttpAnswer | undefined> {
    return this.http.ask(method, path, body, this.token);
  }

  /** Tries once: by the refresh token, and by the password where a crash may have kept the newest one from us. */
  renew(): Promise<void> {
    return (this.renewing ??= this.renewOnce().finally(() => (this.renewing = undefined)));
  }

  private async renewOnce(): Promise<void> {
    const { refreshToken, username, password } = this.record;
    const refreshed = await this.issue({ grant_type: 'refresh_token', refresh_token: refreshToken });
    const tokens = refreshed ?? (await this.issue({ grant_type: 'password', username, password }));
    if (!tokens) return sleep(AGAIN_MS);
    this.record.token = tokens.access_token;
    this.record.refreshToken = tokens.refresh_token;
  }

  private async issue(grant: object): Promise<Tokens | undefined> {
    const answer = await this.http.ask('POST', '/auth/token', grant);
    return answer?.status === 200 ? (answer.body as Tokens) : undefined;
  }
}
