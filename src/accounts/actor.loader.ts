import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../platform/database.js';
import { SessionRepository, type SessionState } from './session.repository.js';

const MOST_AT_ONCE = 500;

interface Waiting {
  sessionId: number;
  resolve: (state: SessionState | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads sessions with their accounts. Every load is answered by a query that began after it was asked: that is what makes a block,
 * a sign-out or a new role hold from the next request on. What is asked while a query is under way goes together in the next one,
 * so that many requests at once cost few queries; nothing is kept.
 */
@Injectable()
export class ActorLoader {
  private readonly logger = new Logger('sessions');
  private waiting: Waiting[] = [];
  private loading = false;

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
  ) {}

  load(sessionId: number): Promise<SessionState | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ sessionId, resolve, reject });
      if (!this.loading) void this.answerAll();
    });
  }

  private async answerAll(): Promise<void> {
    this.loading = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST_AT_ONCE);
      try {
        const states = await this.sessions.states(this.database, [...new Set(batch.map((one) => one.sessionId))]);
        const bySession = new Map(states.map((state) => [state.sessionId, state]));
        for (const { sessionId, resolve } of batch) resolve(bySession.get(sessionId));
        this.noteUse(states);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.loading = false;
  }

  private noteUse(states: readonly SessionState[]): void {
    const ids = states.filter((state) => state.open && state.unnoted).map((state) => state.sessionId);
    if (ids.length === 0) return;
    this.sessions
      .noteUse(this.database, ids)
      .catch((error: unknown) => this.logger.debug({ note: 'last use not noted', error: String(error) }));
  }
}
