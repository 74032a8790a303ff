import { signal } from '@preact/signals';
import type { VNode } from 'preact';

/** The one dialog that is open. */
export const dialog = signal<VNode | undefined>(undefined);

export function show(shown: VNode): void {
  dialog.value = shown;
}

export function hide(): void {
  dialog.value = undefined;
}
