import { eventually } from '../support/expect.js';
import type { ListeningSocket } from '../support/socket.js';
import { type Person, world, type World } from '../support/world.js';
import { RawSocket } from './raw-socket.js';

/** mallory's raw sockets in alice's lobby, with alice as the bystander who must never notice. */
export class SocketWorld {
  private readonly opened: RawSocket[] = [];
  private readonly failures: unknown[] = [];
  private readonly note = (error: unknown) => void this.failures.push(error);
  private count = 0;

  private constructor(
    readonly world: World,
    readonly alice: Person,
    readonly mallory: Person,
    readonly bystander: ListeningSocket,
    readonly lobby: number,
  ) {
    process.on('unhandledRejection', this.note);
    process.on('uncaughtExceptionMonitor', this.note);
  }

  static async open(): Promise<SocketWorld> {
    const w = await world({ BESEDKA_SOCKETS_PER_ACCOUNT: '1000' });
    const [alice, mallory] = [await w.person('alice'), await w.person('mallory')];
    const lobby = await alice.http.post('/rooms', {
      name: 'lobby',
      preset: 'open',
      deliveredMarks: true,
      members: [mallory.id],
    });
    return new SocketWorld(w, alice, mallory, await alice.socket(), (lobby.body as { id: number }).id);
  }

  next(): number {
    return ++this.count;
  }

  /** A socket that has signed in as mallory. */
  async socket(): Promise<RawSocket> {
    return this.kept(await RawSocket.signedIn(this.world.origin, this.mallory.token));
  }

  /** A socket that has said nothing yet. */
  async silent(): Promise<RawSocket> {
    return this.kept(await RawSocket.open(this.world.origin));
  }

  /** The JSON of a valid message.send. */
  send(clientId: string, text = 'hello'): string {
    return JSON.stringify({ roomId: this.lobby, text, clientId });
  }

  /** How many messages are stored under this clientId. */
  async stored(clientId: string): Promise<number> {
    return (await this.world.database.query('SELECT 1 FROM messages WHERE client_id = $1', [clientId])).length;
  }

  /** Ends what a test opened; the bystander is served over both doors and hears himself, and nothing failed unseen. */
  async checkBystander(): Promise<void> {
    for (const socket of this.opened.splice(0)) socket.close();
    const clientId = `bystander-${this.next()}`;
    const ack = (await this.bystander.send('message.send', {
      roomId: this.lobby,
      text: 'still here',
      clientId,
    })) as object;
    expect(ack).toMatchObject({ ok: true });
    await this.bystander.hears('message.sent', (message: { clientId: string }) => message.clientId === clientId);
    expect((await this.alice.http.get(`/rooms/${this.lobby}`)).status).toBe(200);
    expect(this.failures).toEqual([]);
  }

  async close(): Promise<void> {
    process.off('unhandledRejection', this.note);
    process.off('uncaughtExceptionMonitor', this.note);
    await this.world.close();
  }

  private kept(raw: RawSocket): RawSocket {
    this.opened.push(raw);
    return raw;
  }
}

/** Waits until a frame begins like this, and answers it. */
export function heardFrame(raw: RawSocket, start: string): Promise<string> {
  return eventually(() => raw.heard.find((frame) => frame.startsWith(start)), `a frame ${start}`);
}
