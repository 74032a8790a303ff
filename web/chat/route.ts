import { signal } from '@preact/signals';

/** The room in the page's address, `#/rooms/17`: a link to it is an invitation to whoever may enter. */
export const openId = signal<number | undefined>(fromAddress());

window.addEventListener('hashchange', () => (openId.value = fromAddress()));

export function go(roomId?: number): void {
  location.hash = roomId === undefined ? '/' : `/rooms/${roomId}`;
}

export function linkTo(roomId: number): string {
  return `${location.origin}/#/rooms/${roomId}`;
}

function fromAddress(): number | undefined {
  const found = /^#\/rooms\/([1-9]\d{0,15})$/.exec(location.hash);
  return found ? Number(found[1]) : undefined;
}
