import type { PendingMessage, RoomMessage } from '../../client/index.js';
import { button, element } from './dom.js';
import { type LogRow, rowsOf } from './log.rows.js';
import { type Language, WORDS } from './words.js';

export interface LogState {
  messages: readonly RoomMessage[];
  pending: readonly PendingMessage[];
  /** The account of whoever looks. */
  me: number | undefined;
  hasNewer: boolean;
  loaded: boolean;
}

export interface LogActs {
  older(): void;
  newer(): void;
  newest(): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** The newest message is in sight. */
  seen(): void;
}

const NEAR_PIXELS = 60;
const EARLY_PIXELS = 300;

/** The messages, newest below. Rows that have not changed stay the same elements, and what one reads stays where it is. */
export class LogView {
  readonly root: HTMLElement;
  private readonly list = element('ol', { class: 'list' });
  private readonly log: HTMLElement;
  private readonly jump: HTMLButtonElement;
  private readonly rows = new Map<string, { row: LogRow; made: HTMLElement }>();
  private state: LogState = { messages: [], pending: [], me: undefined, hasNewer: false, loaded: false };
  private atEnd = true;
  private seenSeq = 0;

  constructor(
    private readonly language: Language,
    private readonly acts: LogActs,
  ) {
    const words = WORDS[language];
    this.log = element(
      'div',
      {
        class: 'log',
        part: 'log',
        role: 'log',
        'aria-live': 'off',
        'aria-label': words.log,
        'aria-busy': 'true',
        tabindex: '0',
      },
      this.list,
    );
    this.jump = button(words.newest, () => this.toEnd(), { class: 'jump', part: 'jump', hidden: true });
    this.root = element('div', { class: 'pane' }, this.log, this.jump);
    this.log.addEventListener('scroll', () => this.scrolled(), { passive: true });
    // The composer grows, the window is resized: the end stays in sight.
    new ResizeObserver(() => this.atEnd && this.stickToEnd()).observe(this.log);
  }

  show(state: LogState): void {
    const anchor = this.atEnd ? undefined : this.anchor();
    this.state = state;
    this.log.setAttribute('aria-busy', String(!state.loaded));
    this.place(rowsOf(state, this.language));
    const kept = anchor && this.rows.get(anchor.key);
    if (kept) this.log.scrollTop = kept.made.offsetTop - anchor.offset;
    else if (this.atEnd && !state.hasNewer) this.stickToEnd();
    if (state.loaded && this.log.scrollHeight <= this.log.clientHeight) this.acts.older();
    this.noteSeen();
  }

  toEnd(): void {
    this.atEnd = true;
    if (this.state.hasNewer) this.acts.newest();
    else this.stickToEnd();
    this.noteSeen();
  }

  private place(rows: LogRow[]): void {
    const wanted = new Set(rows.map(({ key }) => key));
    for (const [key, { made }] of this.rows)
      if (!wanted.has(key)) {
        made.remove();
        this.rows.delete(key);
      }
    rows.forEach((row, index) => {
      const known = this.rows.get(row.key);
      let made = known?.made;
      if (!known || known.row.look !== row.look) {
        made = row.make(this.acts);
        made.classList.toggle('again', known !== undefined);
        made.dataset.key = row.key;
        known?.made.replaceWith(made);
        this.rows.set(row.key, { row, made });
      }
      if (this.list.children[index] !== made) this.list.insertBefore(made!, this.list.children[index] ?? null);
    });
  }

  /** The first message in sight, and how far below the upper edge it stands; not a day, which moves to older messages of the same day. */
  private anchor(): { key: string; offset: number } | undefined {
    const { scrollTop } = this.log;
    for (const made of this.list.querySelectorAll<HTMLElement>('.message'))
      if (made.offsetTop + made.offsetHeight > scrollTop)
        return { key: made.dataset.key!, offset: made.offsetTop - scrollTop };
    return undefined;
  }

  private scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const below = scrollHeight - scrollTop - clientHeight;
    this.atEnd = below < NEAR_PIXELS && !this.state.hasNewer;
    if (scrollTop < EARLY_PIXELS) this.acts.older();
    if (this.state.hasNewer && below < EARLY_PIXELS) this.acts.newer();
    this.noteSeen();
  }

  private stickToEnd(): void {
    this.log.scrollTop = this.log.scrollHeight;
  }

  private noteSeen(): void {
    const words = WORDS[this.language];
    const { messages, me } = this.state;
    if (this.atEnd) {
      this.seenSeq = messages.at(-1)?.seq ?? this.seenSeq;
      this.acts.seen();
    }
    const count = messages.filter(({ seq, author }) => seq > this.seenSeq && author.id !== me).length;
    this.jump.hidden = this.atEnd;
    this.jump.textContent = count > 0 ? `${words.newMessages(count)} ↓` : `${words.newest} ↓`;
  }
}
