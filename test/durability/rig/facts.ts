import type { Fact } from '../checker/history.js';
import type { ShownMessage } from './ledger.js';

type KeptText = (clientId: string, text: string) => string;

/** What the checker wants to know of a fact, as a socket heard it or the log has it. */
export function factOf(event: string, payload: any, keptText: KeptText): Fact {
  const { seq } = payload as { seq: number };
  switch (event) {
    case 'message.sent':
      return { seq, event, ...messageIn(payload as ShownMessage, keptText) };
    case 'message.edited':
      return { ...messageIn(payload.message as ShownMessage, keptText), seq, event };
    case 'message.deleted':
      return { seq, event, id: payload.messageId, messageSeq: payload.messageSeq };
    default:
      return { seq, event };
  }
}

function messageIn({ id, seq, author, clientId, text }: ShownMessage, keptText: KeptText) {
  return { messageSeq: seq, id, authorId: author.id, clientId, text: keptText(clientId, text) };
}
