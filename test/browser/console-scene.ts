import { randomUUID } from 'node:crypto';
import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, type Tab, type TabOptions } from './browser.js';

interface CaseFacts {
  state: string;
  claim: { by: { username: string } } | null;
  decision: { action: string; reason: string; by: { username: string } } | null;
}

export const idOf = ({ status, text, body }: { status: number; text: string; body: unknown }): number => {
  if (status >= 300) throw new Error(text);
  return (body as { id: number }).id;
};

/** A service with a lobby, its people, two moderators and a superuser, and a browser for their consoles. */
export class ConsoleScene {
  private told = 0;

  private constructor(
    readonly w: World,
    readonly browsing: Browsing,
    readonly people: Record<'mod' | 'mona' | 'root' | 'alice' | 'bob' | 'mallory', Person>,
    readonly lobby: number,
  ) {}

  static async open(environment: Record<string, string> = {}): Promise<ConsoleScene> {
    const w = await world(environment);
    const people = {
      mod: await w.person('mod', { role: 'moderator' }),
      mona: await w.person('mona', { role: 'moderator' }),
      root: await w.person('root', { role: 'superuser' }),
      alice: await w.person('alice'),
      bob: await w.person('bob'),
      mallory: await w.person('mallory'),
    };
    const lobby = idOf(await people.alice.http.post('/rooms', { name: 'lobby', preset: 'open' }));
    const scene = new ConsoleScene(w, await Browsing.over(w), people, lobby);
    await scene.say('alice', 'Good morning, all');
    return scene;
  }

  async close(): Promise<void> {
    await this.browsing.close();
    await this.w.close();
  }

  async say(who: keyof ConsoleScene['people'], text: string, roomId = this.lobby): Promise<number> {
    return idOf(await this.people[who].http.post(`/rooms/${roomId}/messages`, { text, clientId: randomUUID() }));
  }

  /** A message of Mallory's that Bob has reported. */
  async reported(text = `Cheap tea ${++this.told}`): Promise<{ caseId: number; messageId: number; text: string }> {
    const messageId = await this.say('mallory', text);
    idOf(await this.people.bob.http.post('/reports', { target: { type: 'message', id: messageId }, reason: 'spam' }));
    const { body } = await this.people.root.http.get('/moderation/reports?order=oldest&limit=200');
    const { items } = body as { items: { id: number; target: { id: number } }[] };
    return { caseId: items.find(({ target }) => target.id === messageId)!.id, messageId, text };
  }

  /** Leaves no case open and no block in force. */
  async clear(): Promise<void> {
    const { http } = this.people.root;
    const { items } = (await http.get('/moderation/reports?limit=200')).body as { items: { id: number }[] };
    for (const { id } of items)
      await http.post(`/moderation/reports/${id}/decision`, { action: 'dismiss', reason: 'Cleared' });
    const blocks = (await http.get('/moderation/blocks?active=true')).body as { items: { id: number }[] };
    for (const { id } of blocks.items) await http.delete(`/moderation/blocks/${id}`);
  }

  async caseOf(caseId: number): Promise<CaseFacts> {
    return (await this.people.root.http.get(`/moderation/reports/${caseId}`)).body as CaseFacts;
  }

  async decidedAs(caseId: number, action: string): Promise<void> {
    await eventually(async () => (await this.caseOf(caseId)).decision?.action === action, `${action} to be decided`);
  }

  /** The console of this person, at this address behind its `#`. */
  console(who: keyof ConsoleScene['people'], place = '', options: TabOptions = {}): Promise<Tab> {
    return this.browsing.open(this.people[who], { ...options, path: `/console${place && `#/${place}`}` });
  }
}
