import type { Change, History, Send } from './history.js';

/** Which texts a message can have had, as its author sent, edited and deleted it. */
export class KnownTexts {
  private readonly sends = new Map<string, Send>();
  private readonly changes = new Map<number, Change[]>();

  constructor(history: History) {
    for (const send of history.sends) if (!send.reusesKey) this.sends.set(keyOf(send), send);
    for (const change of history.changes) {
      const known = this.changes.get(change.messageId);
      if (known) known.push(change);
      else this.changes.set(change.messageId, [change]);
    }
  }

  sendOf(message: { authorId?: number; clientId?: string }): Send | undefined {
    return this.sends.get(keyOf(message));
  }

  changesOf(messageId: number): readonly Change[] {
    return this.changes.get(messageId) ?? [];
  }

  /** Whether the message can have had this text at some moment. */
  isPossible(message: { id?: number; authorId?: number; clientId?: string }, text: string | undefined): boolean {
    if (this.sendOf(message)?.text === text) return true;
    return this.changesOf(message.id ?? 0).some((change) => (change.kind === 'edit' ? change.text : '') === text);
  }
}

export function keyOf({ authorId, clientId }: { authorId?: number; clientId?: string }): string {
  return `${authorId} ${clientId}`;
}
