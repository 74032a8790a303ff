import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

const KEY = 'besedka:console-keys';

/** Whether single keys decide; whoever dictates or has a device that types by itself turns them off. */
export const keysOn = signal(localStorage.getItem(KEY) !== 'off');

export function turnKeys(on: boolean): void {
  keysOn.value = on;
  localStorage.setItem(KEY, on ? 'on' : 'off');
}

/** Runs what a key is for while no field has the focus and no dialog is open. Letters count by their place, so that a Russian keyboard decides as well. */
export function useKeys(keys: Readonly<Record<string, (() => void) | undefined>>): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { target, ctrlKey, altKey, metaKey, repeat } = event;
      if (!keysOn.value || ctrlKey || altKey || metaKey || document.querySelector('dialog[open]')) return;
      if (target instanceof HTMLElement && target.closest('input, textarea, select, [role=menu]')) return;
      const name = event.code.startsWith('Key') ? event.code.slice(3) : event.key;
      const run = keys[event.shiftKey && name !== '?' ? `Shift+${name}` : name];
      if (!run || (repeat && name !== 'J' && name !== 'K')) return;
      event.preventDefault();
      run();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  });
}
