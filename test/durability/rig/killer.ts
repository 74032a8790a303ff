import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';
import type { ServerProcess, Victim } from './server-process.js';

export interface Kill {
  victim: Victim;
  /** Messages that were under way at that moment. */
  inFlight: number;
  /** Until the first acknowledgement after it; missing when the next kill came first. */
  recoveredAfter?: number;
}

const SHARE_WHILE_STARTING = 0.08;
const RECOVERY_MS = 30_000;
const LEAST_UPTIME_MS = 150;
const GRACE_MS = 20_000;

/** Kills the server again and again, sometimes while it still starts, and measures how long each recovery takes. */
export class Killer {
  readonly kills: Kill[] = [];
  private awaited: { generation: number; recovered: () => void } | undefined;

  constructor(
    private readonly server: ServerProcess,
    private readonly ledger: Ledger,
    private readonly random: Random,
    private readonly victims: readonly Victim[],
  ) {
    ledger.onAcknowledged = (generation) => {
      if (this.awaited && generation >= this.awaited.generation) this.awaited.recovered();
    };
  }

  /** Spreads so many kills over the time until `deadline`, and a little more where recoveries are slow. */
  async work(wanted: number, deadline: number): Promise<void> {
    while (this.kills.length < wanted) {
      const uptime = this.uptime(wanted - this.kills.length, deadline);
      if (performance.now() + uptime > deadline + GRACE_MS) return;
      await sleep(uptime);
      await this.killOnce();
    }
  }

  /** Resolves with the first acknowledgement of what was asked for after the last start or kill. */
  recovery(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(new Error(`no message was acknowledged in ${RECOVERY_MS} ms after a start:\n${this.server.tail()}`)),
        RECOVERY_MS,
      ).unref();
      const recovered = (): void => {
        clearTimeout(timer);
        this.awaited = undefined;
        resolve();
      };
      this.awaited = { generation: this.server.generation, recovered };
    });
  }

  private async killOnce(): Promise<void> {
    const victim = this.victims[this.kills.length % this.victims.length]!;
    const kill: Kill = { victim, inFlight: this.ledger.inFlight };
    this.kills.push(kill);
    const killedAt = performance.now();
    this.server.kill(kill.victim);
    if (this.random.chance(SHARE_WHILE_STARTING)) {
      await sleep(this.random.between(20, 1_200));
      return;
    }
    await this.recovery();
    kill.recoveredAfter = performance.now() - killedAt;
  }

  /** What is left of the time, less what recoveries have cost so far, divided among the kills to come. */
  private uptime(kills: number, deadline: number): number {
    const measured = this.kills.flatMap(({ recoveredAfter }) => recoveredAfter ?? []);
    const recovery = measured.reduce((sum, one) => sum + one, 0) / (measured.length || 1);
    const share = (deadline - performance.now()) / kills - recovery;
    return Math.max(LEAST_UPTIME_MS, share * this.random.between(0.3, 1.5));
  }
}
