import type { Person } from '../support/world.js';
import type { Browsing, Tab, TabOptions } from './browser.js';

/** Makes a room of these people over the API, the first of them its owner. */
export async function roomOf(
  [owner, ...others]: [Person, ...Person[]],
  name: string,
  more: object = {},
): Promise<number> {
  const answer = await owner.http.post('/rooms', {
    name,
    preset: 'private',
    members: others.map(({ id }) => id),
    ...more,
  });
  if (answer.status !== 201) throw new Error(`no room: ${answer.text}`);
  return (answer.body as { id: number }).id;
}

let written = 0;

/** Sends a message over the API and answers its id. */
export async function say(person: Person, roomId: number, text: string, replyTo?: number): Promise<number> {
  const answer = await person.http.post(`/rooms/${roomId}/messages`, {
    text,
    clientId: `said-${++written}`,
    ...(replyTo === undefined ? {} : { replyTo }),
  });
  if (answer.status !== 201) throw new Error(`not sent: ${answer.text}`);
  return (answer.body as { id: number }).id;
}

/** Opens the room on a page of this person, ready to write. */
export async function inRoom(
  browsing: Browsing,
  person: Person,
  roomId: number,
  options: TabOptions = {},
): Promise<Tab> {
  const tab = await browsing.open(person, { path: `/#/rooms/${roomId}`, ...options });
  await composer(tab).waitFor();
  return tab;
}

export const composer = (tab: Tab) => tab.page.locator('.composer textarea');
export const messages = (tab: Tab) => tab.page.locator('.history article .text');
export const bubble = (tab: Tab, text: string | RegExp) =>
  tab.page.locator('.history article').filter({ hasText: text }).last();
/** The room in the list on the left. */
export const entry = (tab: Tab, name: string) => tab.page.locator('.sidebar a.entry').filter({ hasText: name });

export async function write(tab: Tab, text: string): Promise<void> {
  await composer(tab).fill(text);
  await composer(tab).press('Enter');
}
