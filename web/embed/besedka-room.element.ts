import { subjectOf } from '../../client/tokens.js';
import { RoomPane, type RoomEvents } from './room.pane.js';
import { element } from './dom.js';
import { styleSheet } from './style.js';
import { type TokenProvider, TokenSource } from './token.source.js';
import { languageOf, WORDS } from './words.js';

const ATTRIBUTES = ['server', 'room', 'token', 'lang'] as const;
const PROPERTIES = ['server', 'room', 'token', 'tokenProvider'] as const;
/** Where this script came from: the service, unless it was copied or imported as a module. */
const SCRIPT = (document.currentScript as HTMLScriptElement | null)?.src;

/**
 * `<besedka-room>`: one room of a Besedka, for the person whose access token the page hands over.
 *
 * Attributes `server` (by default where the script came from), `room`, `token` and `lang`; properties of the same names, and
 * `tokenProvider`, asked for a token whenever one is needed. Tells `besedka-ready`, `besedka-message`, `besedka-problem`, and
 * `besedka-token-needed` where there is no provider.
 */
class BesedkaRoomElement extends HTMLElement {
  static readonly observedAttributes = ATTRIBUTES;
  private readonly shadow = this.attachShadow({ mode: 'open' });
  private pane: RoomPane | undefined;
  private tokens: TokenSource | undefined;
  private given: string | undefined;
  private provider: TokenProvider | undefined;
  private restarting = false;
  private subject: string | undefined;

  constructor() {
    super();
    this.shadow.adoptedStyleSheets = [styleSheet()];
    // Set before the script was there, they hide the accessors.
    for (const name of PROPERTIES) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own) continue;
      delete (this as Partial<Record<typeof name, unknown>>)[name];
      Object.assign(this, { [name]: own.value as unknown });
    }
  }

  get server(): string {
    return this.getAttribute('server') ?? (SCRIPT ? new URL(SCRIPT).origin : location.origin);
  }

  set server(server: string) {
    this.setAttribute('server', server);
  }

  get room(): number {
    return Number(this.getAttribute('room'));
  }

  set room(roomId: number) {
    this.setAttribute('room', String(roomId));
  }

  get token(): string | undefined {
    return this.given ?? this.getAttribute('token') ?? undefined;
  }

  /** Stays out of the document, unlike the attribute. */
  set token(token: string | undefined) {
    this.given = token;
    this.take(token);
  }

  get tokenProvider(): TokenProvider | undefined {
    return this.provider;
  }

  set tokenProvider(provider: TokenProvider | undefined) {
    this.provider = provider;
    this.restart();
  }

  connectedCallback(): void {
    this.restart();
  }

  disconnectedCallback(): void {
    this.end();
  }

  attributeChangedCallback(name: (typeof ATTRIBUTES)[number], before: string | null, now: string | null): void {
    if (before === now) return;
    if (name === 'token') this.take(now ?? undefined);
    else this.restart();
  }

  private take(token: string | undefined): void {
    const subject = token === undefined ? undefined : subjectOf(token);
    if (this.pane && !this.pane.isOver && subject === this.subject) this.tokens?.give(token);
    // Nothing of what one person sees is shown to the next who signs in to the page.
    else this.restart();
    this.subject = subject;
  }

  /** Attributes and properties that are set one after another begin once. */
  private restart(): void {
    if (this.restarting) return;
    this.restarting = true;
    queueMicrotask(() => {
      this.restarting = false;
      this.end();
      if (this.isConnected) this.begin();
    });
  }

  private begin(): void {
    const { server, room: roomId } = this;
    const language = languageOf(
      this.closest<HTMLElement>('[lang]')?.lang || document.documentElement.lang || navigator.language,
    );
    if (!Number.isSafeInteger(roomId) || roomId < 1 || !URL.canParse(server)) {
      this.shadow.replaceChildren(element('p', { class: 'notice' }, WORDS[language].setup));
      return;
    }
    this.tokens = new TokenSource(
      this.token,
      () => this.provider,
      () => {
        this.pane?.tokenNeeded();
        this.tell('besedka-token-needed', {});
      },
    );
    this.pane = new RoomPane({
      server,
      roomId,
      language,
      tokens: this.tokens,
      tell: (name, detail) => this.tell(name, detail),
    });
    this.shadow.replaceChildren(this.pane.root);
    this.pane.start();
  }

  private end(): void {
    this.pane?.stop();
    this.pane = undefined;
    this.shadow.replaceChildren();
  }

  private tell(name: keyof RoomEvents | 'besedka-token-needed', detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

if (!customElements.get('besedka-room')) customElements.define('besedka-room', BesedkaRoomElement);
