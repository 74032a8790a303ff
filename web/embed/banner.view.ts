import type { LinkState } from '../../client/index.js';
import { button, element } from './dom.js';
import { type Language, WORDS } from './words.js';

/** A connection that comes back within this time is nobody's concern. */
const PATIENCE_MS = 1_000;

/** Says over the messages that the connection is missing, once it has been for a second. */
export class BannerView {
  readonly root: HTMLElement;
  private readonly text = element('span');
  private readonly again: HTMLButtonElement;
  private state: LinkState = { state: 'offline' };
  private asked: string | undefined;
  private missingSince: number | undefined;

  constructor(
    private readonly language: Language,
    tryNow: () => void,
  ) {
    this.again = button(WORDS[language].tryNow, tryNow, { hidden: true });
    this.root = element(
      'div',
      { class: 'banner', part: 'banner', role: 'status', hidden: true },
      this.text,
      this.again,
    );
  }

  connection(state: LinkState): void {
    this.state = state;
    if (state.state === 'online' || state.state === 'ended') {
      this.missingSince = undefined;
      this.asked = undefined;
    } else if (this.missingSince === undefined) {
      this.missingSince = Date.now();
      setTimeout(() => this.draw(), PATIENCE_MS);
    }
    this.draw();
  }

  /** Says this until there is a connection. */
  say(text: string): void {
    this.asked = text;
    this.draw();
  }

  private draw(): void {
    const text = this.asked ?? this.ofConnection();
    this.root.hidden = text === undefined;
    this.again.hidden = this.asked !== undefined || this.state.state !== 'waiting';
    if (text !== undefined && this.text.textContent !== text) this.text.textContent = text;
  }

  private ofConnection(): string | undefined {
    const words = WORDS[this.language];
    if (this.missingSince === undefined || Date.now() - this.missingSince < PATIENCE_MS) return undefined;
    if (this.state.state !== 'waiting') return words.connecting;
    return words.waiting(Math.max(1, Math.ceil((this.state.retryAt - Date.now()) / 1000)));
  }
}
