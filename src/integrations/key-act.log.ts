import { Injectable } from '@nestjs/common';
import { type Act, audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';

const MOST_AT_ONCE = 64;

interface Waiting {
  act: Act;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Writes into the audit log what servers do by their keys: before it is done, so that nothing was done without its row. While some rows are
 * written, others wait and go together in the next transaction: the log has one writer at a time, and a busy server must not queue for it.
 */
@Injectable()
export class KeyActLog {
  private waiting: Waiting[] = [];
  private writing = false;

  constructor(private readonly database: Database) {}

  /** Resolves when the row is committed. */
  note(act: Act): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ act, resolve, reject });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MOST_AT_ONCE);
      try {
        await this.database.write(async (tx) => {
          for (const { act } of batch) await audit(tx, act);
        });
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.writing = false;
  }
}
