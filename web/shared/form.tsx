import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { explain } from './problem-words.js';

interface FormProps {
  action: string;
  /** What the fields say; a throw is explained below the fields. */
  onSubmit: (fields: Record<string, string>) => Promise<void>;
  children: ComponentChildren;
  danger?: boolean;
  /** Stands beside the button. */
  beside?: ComponentChildren;
}

/** A form that is sent once at a time and says below its fields why it was refused. */
export function Form({ action, onSubmit, children, danger = false, beside }: FormProps) {
  const [busy, setBusy] = useState(false);
  const [mistakes, setMistakes] = useState<string[]>([]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    const fields = Object.fromEntries(new FormData(event.currentTarget as HTMLFormElement)) as Record<string, string>;
    setBusy(true);
    setMistakes([]);
    try {
      await onSubmit(fields);
    } catch (error) {
      setMistakes(explain(error));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} aria-busy={busy}>
      {children}
      <div class="mistakes" role="alert">
        {mistakes.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      <footer>
        {beside}
        <button type="submit" class={danger ? 'danger' : 'primary'} aria-disabled={busy}>
          {action}
        </button>
      </footer>
    </form>
  );
}
