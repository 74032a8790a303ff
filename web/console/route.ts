import { signal } from '@preact/signals';

export const PLACES = ['reports', 'people', 'rooms', 'audit', 'health', 'webhooks'] as const;
export type Place = (typeof PLACES)[number];

export interface Route {
  place: Place;
  /** Which one of them is open. */
  id: number | undefined;
  query: URLSearchParams;
}

/** Where the console is, as its address says: `#/people/18`, `#/audit?target=room:17`. */
export const route = signal<Route>(fromAddress());

window.addEventListener('hashchange', () => (route.value = fromAddress()));

export function addressOf(place: Place, id?: number, query: Record<string, string> = {}): string {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return `#/${place}${id === undefined ? '' : `/${id}`}${asked && `?${asked}`}`;
}

/** Goes there; `instead` leaves no step to go back to. */
export function go(address: string, instead = false): void {
  if (!instead) return void (location.hash = address);
  history.replaceState(null, '', address);
  route.value = fromAddress();
}

function fromAddress(): Route {
  const [path = '', query] = location.hash.replace(/^#\//, '').split('?');
  const [name, id] = path.split('/');
  const place = PLACES.find((one) => one === name) ?? 'reports';
  return { place, id: /^[1-9]\d{0,15}$/.test(id ?? '') ? Number(id) : undefined, query: new URLSearchParams(query) };
}
