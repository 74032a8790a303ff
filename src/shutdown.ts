import { setTimeout as sleep } from 'node:timers/promises';

type Step = () => Promise<unknown>;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** In a terminal Ctrl-C reaches us twice at once: from the terminal, and from npm, which passes it on. */
const SAME_SIGNAL_MS = 1_000;
/** All steps together: within ten seconds of the signal the process is gone. */
const ALL_STEPS_MS = 9_500;
/** What a step gets that has to begin after that. */
const LEAST_STEP_MS = 250;

/** What was opened, closed in reverse order and once, whoever asks for it. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private beganAt: number | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly complain: (line: string) => void) {}

  /** Whether a signal has come. */
  get began(): boolean {
    return this.beganAt !== undefined;
  }

  add(step: Step): void {
    this.steps.push(step);
  }

  /** A signal ends the process: the first closes all and exits with 0, a later one exits at once. */
  onSignals(): void {
    for (const signal of SIGNALS) process.on(signal, () => this.signalled());
  }

  /** Closes all; a step that fails or does not end keeps none of the others from running. */
  close(): Promise<void> {
    return (this.closing ??= this.closeAll());
  }

  private signalled(): void {
    if (this.beganAt === undefined) {
      this.beganAt = performance.now();
      void this.close().then(() => process.exit(0));
    } else if (performance.now() - this.beganAt > SAME_SIGNAL_MS) {
      this.complain('Ended at once by a second signal.');
      process.exit(1);
    }
  }

  private async closeAll(): Promise<void> {
    const deadline = performance.now() + ALL_STEPS_MS;
    for (const step of this.steps.reverse()) {
      const patience = Math.max(LEAST_STEP_MS, deadline - performance.now());
      await Promise.race([step(), sleep(patience, undefined, { ref: false })]).catch((error: unknown) =>
        this.complain(`While stopping: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
  }
}
