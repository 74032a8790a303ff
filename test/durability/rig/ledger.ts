import { emptyHistory, type Answer, type Change, type History, type Send } from '../checker/history.js';

/** A message as the service shows it, as far as the rig looks at it. */
export interface ShownMessage {
  id: number;
  seq: number;
  roomId: number;
  author: { id: number };
  text: string;
  clientId: string;
  version: number;
}

/** One way into the service on which commands follow one another. */
export class Line {
  private static count = 0;
  readonly connection = ++Line.count;
  private given = 0;

  next(): number {
    return ++this.given;
  }
}

/** One attempt to send a message. */
export interface Attempt {
  send: Send;
  line: Line;
  place: number;
  generation: number;
  at: number;
}

const TRY_AGAIN = new Set([401, 408, 429]);

/** Everything that the clients of a run did and saw, with the counts that are shown while it runs. */
export class Ledger {
  readonly history: History = emptyHistory();
  acknowledged = 0;
  refused = 0;
  replays = 0;
  inFlight = 0;
  /** Attempts whose connection ended before the answer came, by their door. */
  readonly lost = { socket: 0, http: 0 };
  /** Attempts that a node refused because it was about to stop. */
  turnedAway = 0;
  /** How long people were away after a node sent them to another, in milliseconds. */
  readonly absences: number[] = [];
  /** Messages are no longer sent again when their last attempt fails. */
  closed = false;
  /** Called for each acknowledgement with the generation in which it was asked for. */
  onAcknowledged: (generation: number) => void = () => undefined;
  private readonly byClientId = new Map<string, Send>();

  begin(send: Pick<Send, 'authorId' | 'roomId' | 'clientId' | 'text' | 'reusesKey' | 'forbidden'>): Send {
    const begun: Send = {
      ...send,
      begunAt: performance.now(),
      attempts: 0,
      ambiguous: false,
      outcome: 'unknown',
      answers: [],
    };
    this.history.sends.push(begun);
    if (!begun.reusesKey) this.byClientId.set(begun.clientId, begun);
    return begun;
  }

  attempt(send: Send, line: Line, generation: number): Attempt {
    send.attempts++;
    this.inFlight++;
    return { send, line, place: line.next(), generation, at: performance.now() };
  }

  accept({ send, line, place, generation }: Attempt, message: ShownMessage, duplicate: boolean): void {
    this.inFlight--;
    const { id, seq, roomId, clientId } = message;
    const answer: Answer = {
      id,
      seq,
      roomId,
      authorId: message.author.id,
      clientId,
      text: this.keptText(clientId, message.text),
      duplicate,
      at: performance.now(),
      connection: line.connection,
      place,
    };
    if (send.outcome !== 'ok') this.acknowledged++;
    if (duplicate) this.replays++;
    send.outcome = 'ok';
    send.answers.push(answer);
    this.onAcknowledged(generation);
  }

  /** Notes a refusal; answers whether it is final. */
  refuse({ send, generation }: Attempt, status: number, code: string): boolean {
    this.inFlight--;
    if (!this.isFinal(status, `message ${send.clientId}`, code)) {
      if (code === 'server/draining') this.turnedAway++;
      else if (status >= 500) send.ambiguous = true;
      return false;
    }
    if (send.outcome === 'unknown') {
      send.outcome = 'fail';
      this.refused++;
    }
    this.onAcknowledged(generation);
    return true;
  }

  /** Notes that the connection ended before the answer came. */
  lose({ send }: Attempt, door: 'socket' | 'http'): void {
    this.inFlight--;
    this.lost[door]++;
    send.ambiguous = true;
  }

  change(change: Omit<Change, 'outcome'>): Change {
    const begun: Change = { ...change, outcome: 'unknown' };
    this.history.changes.push(begun);
    return begun;
  }

  /** Whether a problem settles a request. A 500 never may happen, whatever was asked. */
  isFinal(status: number, what: string, code: string): boolean {
    if (status === 500)
      this.history.surprises.push({ kind: 'internal-error', says: `${what} was answered 500 ${code}` });
    return status < 500 && !TRY_AGAIN.has(status);
  }

  unanswered(says: string): void {
    this.history.surprises.push({ kind: 'unanswered', says });
  }

  /** The same string as in the message that was sent, where it is the same text: a long run hears each text many times. */
  keptText(clientId: string, text: string): string {
    const sent = this.byClientId.get(clientId)?.text;
    return sent === text ? sent : text;
  }
}
