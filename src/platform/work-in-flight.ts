/**
 * What callers of this node wait for, so that it can stop without leaving one of them in the dark.
 *
 * Invariants, and what breaks without them:
 * - every edge takes its work on here before it does anything, and gives it back only after the answer: else a message is committed and
 *   its sender, whose socket was closed meanwhile, is never told;
 * - once the node is to stop nothing is taken on: else a busy node never comes to its end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { metrics } from './metrics.js';
import { Problem } from './problems.js';

const LOOK_MS = 5;

@Injectable()
export class WorkInFlight {
  private underWay = 0;
  private refusing = false;

  /** Whether the node takes on nothing more. */
  get draining(): boolean {
    return this.refusing;
  }

  get count(): number {
    return this.underWay;
  }

  /** Takes on one piece of work and answers how to give it back; refuses with `server/draining` once the node is to stop. */
  begin(): () => void {
    if (this.refusing) throw new Problem('server/draining', { retryAfter: 1 });
    this.underWay++;
    metrics.inFlight.inc();
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.underWay--;
      metrics.inFlight.dec();
    };
  }

  /** From now on every `begin` refuses. */
  refuseMore(): void {
    this.refusing = true;
    metrics.draining.set(1);
  }

  /** Resolves when all is answered, or after so many milliseconds, with what is still under way. */
  async settled(patience: number): Promise<number> {
    const deadline = performance.now() + patience;
    while (this.underWay > 0 && performance.now() < deadline) await sleep(LOOK_MS);
    return this.underWay;
  }
}
