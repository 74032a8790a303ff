/**
 * Who is signed in on this page, and the one client that speaks for him.
 *
 * Invariant: a page serves one person from its sign-in to its end; whoever signs out or is signed out gets a new page. Else rooms and drafts
 * of one person stay in the memory of a page that another uses.
 */
import { signal } from '@preact/signals';
import { BesedkaClient, BesedkaProblem, type LinkState, type OwnAccountView } from '../../client/index.js';

export const client = new BesedkaClient({ url: location.origin });

/** `out`: nobody, sign in first. `ended`: the session is over, `ending` says why. */
export const phase = signal<'out' | 'in' | 'ended'>(client.isSignedIn ? 'in' : 'out');
export const me = signal<OwnAccountView | undefined>(undefined);
export const connection = signal<LinkState>(client.connection);

export interface Ending {
  reason: string;
  /** What moderators said, where they ended it. */
  why?: string;
  until?: string | null;
}
export const ending = signal<Ending | undefined>(undefined);

let blockedWith: Pick<Ending, 'why' | 'until'> | undefined;

client.on('account.blocked', ({ mode, roomId, reason, expiresAt }) => {
  if (mode === 'full' && roomId === null) blockedWith = { why: reason, until: expiresAt };
});
client.on('account.changed', () => void readMe());
client.on('role.changed', () => void readMe());
client.on('connection', (state) => {
  connection.value = state;
  if (state.state === 'online' && !me.value) void readMe();
  if (state.state !== 'ended') return;
  const problem = state.problem?.problem;
  ending.value =
    problem?.code === 'account/blocked'
      ? { reason: 'blocked', why: problem.reason ?? '', until: problem.expiresAt ?? null }
      : { reason: problem?.code ?? state.reason, ...(state.reason === 'blocked' ? blockedWith : {}) };
  phase.value = 'ended';
});

/** Connects with the tokens that were kept; call once, when the page begins. */
export function begin(): void {
  if (phase.value !== 'in') return;
  client.start();
  void readMe();
}

/** Throws BesedkaProblem or ConnectionLost. */
export async function signIn(username: string, password: string): Promise<void> {
  await client.signIn(username, password);
  phase.value = 'in';
  begin();
}

export async function register(username: string, password: string): Promise<void> {
  await client.call('register', { body: { username, password } });
  await signIn(username, password);
}

/** Ends the session, where there still is one, and begins a new page. */
export async function signOut(): Promise<void> {
  await client.signOut().catch(() => undefined);
  location.reload();
}

export function isModerator(): boolean {
  return me.value?.role === 'moderator' || isSuperuser();
}

export function isSuperuser(): boolean {
  return me.value?.role === 'superuser';
}

async function readMe(): Promise<void> {
  try {
    me.value = await client.call('getMe', {});
  } catch (error) {
    // Without an answer it is asked again with the next connection.
    if (error instanceof BesedkaProblem && error.status === 401) client.tryNow();
  }
}
