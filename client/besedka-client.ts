import { Api, type CallAnswer, type CallData } from './api.js';
import { Emitter } from './emitter.js';
import type { Calls } from './generated/calls.js';
import type { Commands, Facts } from './generated/events.js';
import { Link, type LinkState } from './link.js';
import { Outbox } from './outbox.js';
import { Presence } from './presence.js';
import type { Room } from './room.js';
import { Rooms } from './rooms.js';
import { browserStorage, type ClientStorage } from './storage.js';
import { type Credentials, type TokenPair, Tokens } from './tokens.js';

export interface ClientOptions {
  /** Where the service is, such as `https://chat.example.com`. */
  url: string;
  /** How to sign in; without it the tokens that `storage` has, or nobody. */
  credentials?: Credentials;
  /** What survives a reload; localStorage in browsers, memory elsewhere. */
  storage?: ClientStorage;
  /** How long an HTTP call may take, in milliseconds. */
  timeoutMs?: number;
}

type Heard = { [Name in keyof Facts]: Facts[Name] };

interface ClientEvents extends Heard {
  /** The connection came, went, or ended for good. */
  connection: LinkState;
}

/** One signed-in person's view of the chat: rooms that keep themselves up to date, and every call and command, typed. */
export class BesedkaClient extends Emitter<ClientEvents> {
  /** Valid once `start` was called with credentials. */
  readonly rooms: Rooms;
  /** Whether people are here. */
  readonly presence = new Presence((accountIds) => this.command('presence.watch', { accountIds }));
  private readonly api: Api;
  private readonly storage: ClientStorage;
  private tokens: Tokens | undefined;
  private link: Link | undefined;
  private readonly outbox: Outbox;
  private accountId: number | undefined;

  constructor(private readonly options: ClientOptions) {
    super();
    this.storage = options.storage ?? browserStorage();
    this.api = new Api(options.url, () => this.tokens, options.timeoutMs ?? 15_000);
    const credentials = options.credentials ?? Tokens.kept(this.storage);
    this.outbox = new Outbox(
      this.storage,
      async ({ roomId, text, clientId, replyTo }) => {
        const request = { roomId, text, clientId, ...(replyTo === undefined ? {} : { replyTo }) };
        return (await this.command('message.send', request)).message;
      },
      (message) => this.rooms.stored(message),
      (roomId) => this.rooms.changed(roomId),
    );
    if (credentials) this.use(credentials);
    this.rooms = new Rooms({
      api: this.api,
      outbox: this.outbox,
      me: () => this.accountId,
      command: (name, request) => this.command(name, request),
    });
  }

  get connection(): LinkState {
    return this.link?.state ?? { state: 'offline' };
  }

  /** Whether there are credentials to begin with. */
  get isSignedIn(): boolean {
    return this.tokens !== undefined;
  }

  /** The signed-in account; before the first connection as far as the token tells it. */
  get me(): number | undefined {
    return this.accountId ?? (Number(this.tokens?.subject) || undefined);
  }

  /** Signs in with a password and keeps the tokens in `storage`. */
  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.api.call('issueToken', { body: { grant_type: 'password', username, password } } as never);
    this.use(pairOf(answer));
  }

  /** Connects, and comes back by itself until `stop`. */
  start(): void {
    if (!this.tokens) throw new Error('There are no credentials: sign in first');
    if (this.link) return;
    const link = new Link(this.options.url, this.tokens);
    this.link = link;
    link.on('state', (state) => {
      if (state.state !== 'online') this.goOffline();
      this.emit('connection', state);
    });
    link.on('fact', ({ name, payload }) => {
      this.hear(name, payload);
      this.emit(name, payload);
    });
    link.start();
  }

  /** Closes the connection. What is not yet sent stays in `storage`. */
  stop(): void {
    this.link?.stop();
    this.link = undefined;
    this.rooms.stop();
    this.goOffline();
  }

  /** Ends the session and forgets its tokens. */
  async signOut(): Promise<void> {
    try {
      await this.call('logout', {});
    } finally {
      this.stop();
      this.tokens = undefined;
      Tokens.forget(this.storage);
    }
  }

  tryNow(): void {
    this.link?.tryNow();
  }

  room(roomId: number): Room {
    return this.rooms.get(roomId);
  }

  /** Any call of the HTTP API by its operation id; throws BesedkaProblem or ConnectionLost. */
  call<Name extends keyof Calls>(name: Name, data: CallData<Name>): Promise<CallAnswer<Name>> {
    return this.api.call(name, data);
  }

  /** Any command of the socket by its name; throws BesedkaProblem or ConnectionLost. */
  command<Name extends keyof Commands>(name: Name, request: Commands[Name]['request']): Promise<Commands[Name]['ack']> {
    if (!this.link) return Promise.reject(new Error('The client is not started'));
    return this.link.command(name, request);
  }

  private hear<Name extends keyof Facts>(name: Name, payload: Facts[Name]): void {
    if (name === 'session.ready') {
      const ready = payload as Facts['session.ready'];
      this.accountId = ready.accountId;
      this.own();
      void this.rooms.ready(ready);
      this.outbox.goOnline();
      this.presence.goOnline();
    } else if (name === 'room.added') {
      const { roomId, headSeq } = payload as Facts['room.added'];
      this.rooms.added(roomId, headSeq);
    } else if (name === 'room.removed') this.rooms.removed((payload as Facts['room.removed']).roomId);
    else if (name === 'read.marked') this.rooms.readUpTo(payload as Facts['read.marked']);
    else if (name === 'presence.changed') this.presence.hear((payload as Facts['presence.changed']).people);
    else if (name === 'typing.started' || name === 'typing.stopped')
      this.rooms.hearTyping(payload as Facts['typing.started'], name === 'typing.started');
    else if (name === 'delivered.marked') this.rooms.hearDelivered(payload as Facts['delivered.marked']);
    const fact = payload as { roomId?: number; seq?: number };
    if (fact.roomId !== undefined && fact.seq !== undefined)
      this.rooms.hear(fact.roomId, { seq: fact.seq, event: name, data: { ...payload } });
  }

  private goOffline(): void {
    this.outbox.goOffline();
    this.presence.goOffline();
    this.rooms.goOffline();
  }

  private use(credentials: Credentials): void {
    this.tokens = new Tokens(credentials, this.storage, async (refreshToken) => {
      const body = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const anonymous = new Api(this.options.url, () => undefined, this.options.timeoutMs ?? 15_000);
      return pairOf(await anonymous.call('issueToken', { body } as never));
    });
    this.own();
  }

  private own(): void {
    const owner = this.tokens?.subject;
    if (owner !== undefined) this.outbox.own(owner);
  }
}

function pairOf(answer: { access_token: string; refresh_token: string }): TokenPair {
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token };
}
