/**
 * Finds who is mentioned in new and changed messages, after their commit, so that sending does not wait for it.
 *
 * Invariants, and what breaks without them:
 * - the message's own transaction leaves a row of work (migration Cluster), and it is taken in the transaction that stores the mentions: a
 *   crash in between forgets nothing and counts nothing twice;
 * - one transaction at a time over all nodes: else an older text of a message could overwrite what was found in the newer one;
 * - mentions are replaced, not added to: finding them again changes nothing.
 */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { type Hint, Hints } from '../platform/hints.js';
import type { AccountChange, Tx } from '../platform/tx.js';
import type { MessageView } from './message.dto.js';
import { type DueMessage, type Mention, MentionRepository } from './mention.repository.js';
import { namesMentioned } from './mention.text.js';

const LOOK_MS = 1_000;
const MOST_AT_ONCE = 100;

@Injectable()
export class MentionsService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('mentions');
  private timer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private working: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly database: Database,
    private readonly hints: Hints,
    private readonly mentions: MentionRepository,
  ) {}

  onModuleInit(): void {
    this.stopListening = this.hints.listen((hints) => {
      if (hints.some(mayMention)) this.find();
    });
    // For changed messages, for what another node has left, and for what a crash did.
    this.timer = setInterval(() => this.find(), LOOK_MS);
    this.timer.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    clearInterval(this.timer);
    this.again = false;
    await this.working;
  }

  private find(): void {
    this.again = true;
    this.working ??= this.work().finally(() => (this.working = undefined));
  }

  private async work(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        if ((await this.mentions.isDue(this.database)) && (await this.database.write((tx) => this.findIn(tx))))
          this.again = true;
      }
    } catch (error) {
      this.logger.warn({ error: String(error) }, 'mentions were not found; it is tried again');
    }
  }

  /** Answers whether there may be more. */
  private async findIn(tx: Tx): Promise<boolean> {
    if (!(await this.mentions.alone(tx))) return false;
    const messages = await this.mentions.take(tx, MOST_AT_ONCE);
    if (messages.length === 0) return false;
    const changes = await this.mentions.replace(tx, messages, await this.mentionsIn(tx, messages));
    if (changes.length > 0) await this.tell(tx, messages, changes);
    return true;
  }

  private async mentionsIn(tx: Tx, messages: readonly DueMessage[]): Promise<Mention[]> {
    const named = messages.map((message) => ({ message, places: namesMentioned(message.text) }));
    const asked = named.flatMap(({ message, places }) =>
      places.flat().map((key) => [message.roomId, key, message.authorId] as const),
    );
    if (asked.length === 0) return [];
    const members = new Map(
      (await this.mentions.members(tx, asked)).map(({ roomId, key, authorId, accountId }) => [
        `${roomId} ${authorId} ${key}`,
        accountId,
      ]),
    );
    return named.flatMap(({ message: { roomId, seq, authorId }, places }) => {
      const accountIds = places.map((keys) =>
        keys.map((key) => members.get(`${roomId} ${authorId} ${key}`)).find((id) => id !== undefined),
      );
      const others = accountIds.filter((id): id is number => id !== undefined && id !== authorId);
      return [...new Set(others)].map((accountId) => ({ accountId, roomId, seq }));
    });
  }

  /** Each account gets one event at a time: whoever is mentioned in several messages gets the next ones in further rounds. */
  private async tell(
    tx: Tx,
    messages: readonly DueMessage[],
    changes: (Mention & { added: boolean })[],
  ): Promise<void> {
    const counts = await this.mentions.counts(tx, changes);
    const rounds: AccountChange[][] = [];
    const heard = new Map<number, number>();
    for (const [place, { accountId, roomId, seq, added }] of changes.entries()) {
      const mentionCount = counts[place];
      if (mentionCount === undefined) continue;
      const { id: messageId } = messages.find((message) => message.roomId === roomId && message.seq === seq)!;
      const round = heard.get(accountId) ?? 0;
      heard.set(accountId, round + 1);
      (rounds[round] ??= []).push({
        kind: added ? 'mention.added' : 'mention.removed',
        accountId,
        data: { roomId, messageId, messageSeq: seq, mentionCount },
      });
    }
    for (const round of rounds) await tx.recordFor(round);
  }
}

function mayMention({ fact, elsewhere }: Hint): boolean {
  return !elsewhere && fact?.event === 'message.sent' && (fact.payload as MessageView).text.includes('@');
}
