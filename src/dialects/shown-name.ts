/** The name of a room where a dialect needs one: direct rooms, which have none, are called after their people. */
export function shownName(
  { kind, name }: { kind: 'group' | 'direct'; name: string },
  people: readonly { username: string }[],
): string {
  if (kind === 'group') return name;
  const names = people.map(({ username }) => username).sort();
  return `${names[0]}&${names.at(-1)}_private`;
}
