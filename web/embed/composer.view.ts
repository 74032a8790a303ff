import { element } from './dom.js';
import { type Language, WORDS } from './words.js';

export interface ComposerActs {
  send(text: string): void;
  typing(): void;
  stopTyping(): void;
}

/** As many code points as the service takes in one message. */
const MOST_TEXT = 16_000;
const COUNTED_FROM = MOST_TEXT - 500;

/** Where one writes. Enter sends, Shift+Enter begins a line, and an input method that is composing gets its Enter. */
export class ComposerView {
  readonly root: HTMLElement;
  private readonly text: HTMLTextAreaElement;
  private readonly count = element('p', { class: 'count', 'aria-live': 'polite', hidden: true });
  private readonly form: HTMLFormElement;
  private readonly notice = element('p', { class: 'notice', part: 'notice', role: 'status', hidden: true });
  private readonly button: HTMLButtonElement;
  private isAllowed = false;

  constructor(
    private readonly language: Language,
    private readonly acts: ComposerActs,
  ) {
    const words = WORDS[language];
    this.text = element('textarea', { rows: '1', placeholder: words.write, 'aria-label': words.write, part: 'input' });
    this.button = element('button', { class: 'send', part: 'send', disabled: true }, words.send);
    this.form = element('form', { part: 'composer' }, element('label', {}, this.text), this.button);
    this.root = element('div', {}, this.notice, this.form, this.count);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener('keydown', (event) => {
      // 229: what Safari says of the Enter that ends a composition.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener('input', () => {
      this.measure();
      if (this.text.value.trim() === '') this.acts.stopTyping();
      else this.acts.typing();
    });
  }

  /** Takes the place of the composer while one may not write. */
  close(reason: string | undefined): void {
    this.notice.hidden = reason === undefined;
    this.form.hidden = reason !== undefined;
    if (this.notice.textContent !== (reason ?? '')) this.notice.textContent = reason ?? '';
  }

  /** Until it is known who writes, nothing is taken: what is unsent is kept under his name. */
  allow(isAllowed: boolean): void {
    if (this.isAllowed === isAllowed) return;
    this.isAllowed = isAllowed;
    this.measure();
  }

  private submit(): void {
    const text = this.text.value.trim();
    if (this.button.disabled) return;
    this.text.value = '';
    this.measure();
    this.acts.send(text);
    this.text.focus();
  }

  private measure(): void {
    const words = WORDS[this.language];
    const text = this.text.value.trim();
    const length = text.length < COUNTED_FROM ? text.length : [...text].length;
    this.button.disabled = !this.isAllowed || length === 0 || length > MOST_TEXT;
    this.count.hidden = length < COUNTED_FROM;
    this.count.classList.toggle('over', length > MOST_TEXT);
    this.count.textContent = length > MOST_TEXT ? words.tooLong(length - MOST_TEXT) : words.left(MOST_TEXT - length);
    // Where the style sheet cannot let it grow with its content (field-sizing), its lines do.
    this.text.rows = Math.min(6, this.text.value.split('\n').length);
  }
}
