import { signal } from '@preact/signals';
import { explain } from './problem-words.js';
import { Icon } from './icons.js';
import { t } from './words.js';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const SHOWN_MS = 7_000;
const toasts = signal<readonly Toast[]>([]);
let last = 0;

/** Says something in passing. */
export function tell(text: string, bad = false): void {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-2), { id, text, bad }];
  setTimeout(() => drop(id), SHOWN_MS);
}

/** Says why something did not work. */
export function complain(error: unknown): void {
  tell(explain(error).join(' '), true);
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** Where they appear; once on a page. */
export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, bad }) => (
        <div key={id} class={bad ? 'toast bad' : 'toast'}>
          <span>{text}</span>
          <button type="button" class="icon" aria-label={t('close')} onClick={() => drop(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
