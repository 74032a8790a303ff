import type { Send } from '../checker/history.js';
import type { Ledger } from './ledger.js';
import type { Person } from './person.js';
import type { Random } from './random.js';

const SHARE_INTO_VAULT = 0.004;
const SHARE_LONG = 0.004;
const LONGEST_WORDS = 800;

/** Texts that survive only where nothing trims, normalises, escapes or re-encodes. */
const WORDS = [
  'привет', 'чай', 'готов', 'Ёлка', 'tea', 'is', 'ready', 'at', 'five', '…', '—', 'e\u0301', 'é', 'ﬁ', 'İ', 'ß', '👩‍👩‍👧', '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '\u202Eright to left', 'שלום', 'مرحبا', '\uFEFF', '\u2028', '\r\n', '\t', '  ', "'; --", '\\', '\\u0000', '"', '<b>', '&amp;', '%s', '{}', '$1',
]; // prettier-ignore

/** Composes the messages of one person: for his rooms, and now and then for a room that he may not enter. */
export class Composer {
  private count = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly person: Person,
    private readonly rooms: readonly number[],
    private readonly vault: number,
  ) {}

  next(): Send {
    const clientId = `${this.person.username}:${++this.count}`;
    const forbidden = this.random.chance(SHARE_INTO_VAULT);
    const roomId = forbidden ? this.vault : this.random.pick(this.rooms);
    return this.ledger.begin({ authorId: this.person.id, roomId, clientId, text: this.text(clientId), forbidden });
  }

  /** A message into this room, which its author has just been given the right to write to, or has just lost. */
  into(roomId: number, forbidden: boolean): Send {
    const clientId = `${this.person.username}:${++this.count}`;
    return this.ledger.begin({ authorId: this.person.id, roomId, clientId, text: this.text(clientId), forbidden });
  }

  /** Another text under the key of a message that is stored. */
  underKeyOf({ authorId, roomId, clientId }: Send): Send {
    return this.ledger.begin({ authorId, roomId, clientId, text: this.text(`not ${clientId}`), reusesKey: true });
  }

  text(name: string): string {
    const words = [name];
    const length = this.random.chance(SHARE_LONG)
      ? this.random.between(100, LONGEST_WORDS)
      : this.random.between(2, 12);
    while (words.length < length) words.push(this.random.pick(WORDS));
    return words.join(' ');
  }
}
