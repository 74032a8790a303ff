import { signal } from '@preact/signals';
import { client } from '../shared/session.js';

/** Names of people by id, asked for once each; a person who cannot be read stays a number. */
const names = signal<ReadonlyMap<number, string>>(new Map());
const asked = new Set<number>();

export function nameOf(accountId: number): string {
  const known = names.value.get(accountId);
  if (known !== undefined) return known;
  if (!asked.has(accountId)) {
    asked.add(accountId);
    client.call('getAccount', { path: { accountId } }).then(
      ({ username }) => learn(accountId, username),
      () => undefined,
    );
  }
  return `#${accountId}`;
}

export function learn(accountId: number, username: string): void {
  if (names.value.get(accountId) !== username) names.value = new Map(names.value).set(accountId, username);
}

/** The account with exactly this user name, in whatever letter case. */
export async function accountNamed(username: string): Promise<number | undefined> {
  const { items } = await client.call('listAccounts', { query: { query: username, limit: 50 } });
  return items.find((one) => one.username.toLowerCase() === username.toLowerCase())?.id;
}
