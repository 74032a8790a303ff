import { BesedkaClient, BesedkaProblem, isTemporary, type LinkState, type Room } from '../../client/index.js';
import { BannerView } from './banner.view.js';
import { ComposerView } from './composer.view.js';
import { element } from './dom.js';
import { nameOf } from './log.rows.js';
import { LogView } from './log.view.js';
import { reasonTexts, refusalText } from './refusals.js';
import type { TokenSource } from './token.source.js';
import { type Language, WORDS } from './words.js';

export interface RoomEvents {
  'besedka-ready': { roomId: number; accountId: number };
  'besedka-message': { message: object };
  'besedka-problem': { code: string; detail: string };
}

interface PaneOptions {
  server: string;
  roomId: number;
  language: Language;
  tokens: TokenSource;
  tell<Name extends keyof RoomEvents>(name: Name, detail: RoomEvents[Name]): void;
}

interface Block {
  blockId: number;
  mode: string;
  reason: string;
  expiresAt: string | null;
}

const TICK_MS = 1_000;
const READ_AFTER_MS = 300;
const SPOKEN_CHARACTERS = 200;
/** Rows kept at most, and how many are left when it becomes more. */
const MOST_ROWS = 400;
const KEPT_ROWS = 300;

/** One room on the page: what is written there, whoever writes just now, and where one writes oneself. */
export class RoomPane {
  readonly root: HTMLElement;
  private readonly client: BesedkaClient;
  private readonly room: Room;
  private readonly log: LogView;
  private readonly composer: ComposerView;
  private readonly banner: BannerView;
  private readonly typing = element('div', { class: 'typing', part: 'typing' });
  private readonly spoken = element('div', { class: 'unseen', 'aria-live': 'polite' });
  private readonly refused = new Set<string>();
  private readonly ticker: ReturnType<typeof setInterval>;
  private block: Block | undefined;
  private closed: string | undefined;
  private loaded = false;
  private drawing = false;
  private reading = false;
  private markedSeq = 0;

  constructor(private readonly options: PaneOptions) {
    const { server, roomId, language, tokens } = options;
    this.client = new BesedkaClient({ url: server, credentials: { getToken: () => tokens.get() } });
    this.room = this.client.room(roomId);
    const { room } = this;
    this.log = new LogView(language, {
      older: () => this.read(room.hasOlder, () => room.loadOlder(), 'oldest'),
      newer: () => this.read(room.hasNewer, () => room.loadNewer(), 'newest'),
      newest: () => this.read(true, () => room.loadNewest(), 'newest'),
      retry: (clientId) => room.retry(clientId),
      discard: (clientId) => room.discard(clientId),
      seen: () => this.seen(),
    });
    this.composer = new ComposerView(language, {
      send: (text) => {
        room.send(text);
        this.log.toEnd();
      },
      typing: () => room.typing(),
      stopTyping: () => room.stopTyping(),
    });
    this.banner = new BannerView(language, () => this.client.tryNow());
    this.root = element(
      'div',
      { class: 'room', lang: language },
      this.banner.root,
      this.log.root,
      this.typing,
      this.composer.root,
      this.spoken,
    );
    this.ticker = setInterval(() => this.tick(), TICK_MS);
    this.listen();
    this.draw();
  }

  start(): void {
    this.client.start();
  }

  /** The session is over for good; only another token begins anew. */
  get isOver(): boolean {
    return this.client.connection.state === 'ended';
  }

  tokenNeeded(): void {
    this.banner.say(WORDS[this.options.language].tokenNeeded);
  }

  stop(): void {
    clearInterval(this.ticker);
    this.client.stop();
  }

  private listen(): void {
    const { roomId, tell } = this.options;
    const { client, room } = this;
    client.on('connection', (state) => this.connected(state));
    client.on('session.ready', () => void this.open());
    client.on('room.added', (added) => added.roomId === roomId && void this.open());
    client.on('account.blocked', (block) => {
      if (block.roomId !== null && block.roomId !== roomId) return;
      this.block = block;
      this.changed();
    });
    client.on('account.unblocked', ({ blockId }) => {
      if (this.block?.blockId === blockId) this.block = undefined;
      this.changed();
    });
    room.on('change', () => this.changed());
    room.on('fact', ({ event, data }) => {
      if (event !== 'message.sent') return;
      const message = data as unknown as Room['messages'][number];
      tell('besedka-message', { message });
      if (message.author.id !== client.me && !message.hidden)
        this.spoken.textContent = `${nameOf(message.author)}: ${message.text.slice(0, SPOKEN_CHARACTERS)}`;
    });
  }

  private connected(state: LinkState): void {
    const { language, tell } = this.options;
    const words = WORDS[language];
    this.banner.connection(state);
    if (state.state !== 'ended') return;
    const { problem } = state;
    this.closed = problem
      ? refusalText({ ...problem.problem, detail: problem.message }, language)
      : state.reason === 'blocked'
        ? words.blocked
        : words.signedOut;
    tell('besedka-problem', { code: problem?.code ?? 'auth/session-ended', detail: problem?.message ?? this.closed });
    this.changed();
  }

  private async open(): Promise<void> {
    if (this.room.isOpen) return;
    const { roomId, language, tell } = this.options;
    try {
      await this.room.open();
      this.closed = undefined;
      if (!this.loaded) tell('besedka-ready', { roomId, accountId: this.client.me! });
      this.loaded = true;
    } catch (error) {
      // Until the next tick, or the next connection.
      if (!(error instanceof BesedkaProblem) || isTemporary(error)) return;
      this.closed = refusalText({ code: error.code, detail: error.message }, language);
      tell('besedka-problem', { code: error.code, detail: error.message });
    }
    this.changed();
  }

  private read(there: boolean, load: () => Promise<void>, keep: 'oldest' | 'newest'): void {
    if (!there || this.reading) return;
    this.reading = true;
    load()
      .then(() => this.room.trim(MOST_ROWS, keep))
      // What could not be read is asked for again by scrolling.
      .catch(() => undefined)
      .finally(() => {
        this.reading = false;
        this.changed();
      });
  }

  private seen(): void {
    const { room } = this;
    if (room.messages.length > MOST_ROWS && !this.reading) room.trim(KEPT_ROWS, 'newest');
    const seq = room.messages.at(-1)?.seq ?? 0;
    if (seq <= this.markedSeq || document.visibilityState !== 'visible' || !room.isOpen) return;
    this.markedSeq = seq;
    setTimeout(() => {
      if (this.markedSeq === seq) room.markRead(seq).catch(() => (this.markedSeq = 0));
    }, READ_AFTER_MS);
  }

  private tick(): void {
    const { connection } = this.client;
    this.banner.connection(connection);
    const until = this.block?.expiresAt;
    if (until && Date.parse(until) < Date.now()) this.block = undefined;
    if (connection.state === 'online' && !this.loaded && this.closed === undefined) void this.open();
    this.changed();
  }

  private changed(): void {
    if (this.drawing) return;
    this.drawing = true;
    queueMicrotask(() => {
      this.drawing = false;
      this.draw();
    });
  }

  private draw(): void {
    const { messages, pending, hasNewer, gone, typists } = this.room;
    const words = WORDS[this.options.language];
    this.log.show({
      messages,
      pending,
      hasNewer,
      me: this.client.me,
      loaded: this.loaded || this.closed !== undefined,
    });
    const [first] = typists;
    const typing = !first
      ? ''
      : typists.length > 2
        ? words.typingMany
        : typists.map(nameOf).map(words.typing).join(' ');
    if (this.typing.textContent !== typing) this.typing.textContent = typing;
    this.composer.allow(this.client.me !== undefined);
    this.composer.close(this.closed ?? (gone ? words.gone : this.blockText()));
    for (const { clientId, state, problem } of pending)
      if (state === 'failed' && problem && !this.refused.has(clientId)) {
        this.refused.add(clientId);
        this.options.tell('besedka-problem', { code: problem.code, detail: problem.detail });
      } else if (state !== 'failed') this.refused.delete(clientId);
  }

  private blockText(): string | undefined {
    if (!this.block) return undefined;
    const { language } = this.options;
    const words = WORDS[language];
    return [this.block.mode === 'full' ? words.blocked : words.muted, ...reasonTexts(this.block, language)].join(' ');
  }
}
