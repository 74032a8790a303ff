/**
 * The part of a room's history that is loaded: messages without a hole between the first and the last of them.
 *
 * Invariant: after every fact up to some seq has been applied, the window equals what the service would answer then. Facts that come while
 * a page is being read are kept until it is there (`room.ts`): the page may be older than they are.
 */
import type { MessageView, RoomEventView } from './generated/types.js';

/** A message as it stands now; of a deleted one the text is gone and the place is left. */
export type RoomMessage = Omit<MessageView, 'deletedAt'> & { readonly deleted: boolean };

export interface RoomFact {
  seq: number;
  event: string;
  data: Record<string, unknown>;
}

export class MessageWindow {
  messages: readonly RoomMessage[] = [];
  hasOlder = false;
  hasNewer = false;

  /** Begins anew with this page. */
  replace(items: readonly MessageView[], hasOlder: boolean, hasNewer: boolean): void {
    this.messages = items.map(asRoomMessage);
    Object.assign(this, { hasOlder, hasNewer });
  }

  putBefore(items: readonly MessageView[], hasOlder: boolean): void {
    const first = this.messages[0]?.seq ?? Infinity;
    this.messages = [...items.filter(({ seq }) => seq < first).map(asRoomMessage), ...this.messages];
    this.hasOlder = hasOlder;
  }

  putAfter(items: readonly MessageView[], hasNewer: boolean): void {
    const last = this.messages.at(-1)?.seq ?? 0;
    this.messages = [...this.messages, ...items.filter(({ seq }) => seq > last).map(asRoomMessage)];
    this.hasNewer = hasNewer;
  }

  /** Forgets all but `most` messages at one end, to keep long sittings small. */
  trim(most: number, keep: 'newest' | 'oldest'): void {
    if (this.messages.length <= most) return;
    this.messages = keep === 'newest' ? this.messages.slice(-most) : this.messages.slice(0, most);
    if (keep === 'newest') this.hasOlder = true;
    else this.hasNewer = true;
  }

  /** Adds a stored message at its place, unless it is there or behind what is loaded. */
  add(view: MessageView): void {
    if (this.hasNewer || this.messages.some(({ id }) => id === view.id)) return;
    const place = this.messages.findLastIndex(({ seq }) => seq < view.seq) + 1;
    if (place === 0 && this.hasOlder) return;
    this.messages = this.messages.toSpliced(place, 0, asRoomMessage(view));
  }

  apply({ event, data }: RoomFact | RoomEventView): void {
    switch (event) {
      case 'message.sent':
        return this.add(data as unknown as MessageView);
      case 'message.edited': {
        const { message } = data as unknown as { message: MessageView };
        return this.change(message.id, (known) =>
          known.deleted || known.version >= message.version ? known : { ...asRoomMessage(message), deleted: false },
        );
      }
      case 'message.deleted':
        return this.change((data as { messageId: number }).messageId, (known) => ({
          ...known,
          text: '',
          deleted: true,
        }));
      case 'message.restored': {
        const { message } = data as unknown as { message: MessageView };
        return this.change(message.id, () => asRoomMessage(message));
      }
    }
  }

  private change(id: number, change: (known: RoomMessage) => RoomMessage): void {
    this.messages = this.messages.map((message) => (message.id === id ? change(message) : message));
  }
}

function asRoomMessage({ deletedAt, ...view }: MessageView): RoomMessage {
  return { ...view, deleted: deletedAt !== null };
}
