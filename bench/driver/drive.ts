import { fork } from 'node:child_process';
import { cpuSeconds, postgresCpu } from '../processes.js';
import type { FromDriver, IdleJob, Job, Result } from './job.js';

export interface Driven extends Result {
  /** CPU time of the measured server and of all PostgreSQL processes here, in microseconds for each counted thing. */
  serverCpu: number;
  databaseCpu: number;
}

const longestRunMs = 120_000;

/** Runs one job in a fresh driver process against the server with this process id. */
export async function drive(job: Exclude<Job, IdleJob>, serverPid: number): Promise<Driven> {
  const driver = start();
  const cpu: { server: number; database: Map<string, number> }[] = [];
  try {
    const result = await answerOf(driver, job, () =>
      cpu.push({ server: cpuSeconds(serverPid), database: postgresCpu() }),
    );
    const [before, after] = cpu;
    if (!before || !after) throw new Error('The driver measured nothing');
    // A connection that ended meanwhile took its figure along.
    const database = [...after.database].reduce(
      (sum, [pid, seconds]) => sum + seconds - (before.database.get(pid) ?? 0),
      0,
    );
    const each = (seconds: number) => (seconds * 1e6) / Math.max(1, result.count);
    return {
      ...result,
      serverCpu: each(after.server - before.server),
      databaseCpu: each(database),
    };
  } finally {
    driver.disconnect();
  }
}

/** Opens the sockets, calls `during` while they are idle, and closes them. */
export async function holdIdle<T>(job: IdleJob, during: () => Promise<T>): Promise<T> {
  const driver = start();
  try {
    await answerOf(driver, job);
    return await during();
  } finally {
    driver.disconnect();
  }
}

function start() {
  return fork(new URL('driver.ts', import.meta.url), {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function answerOf(driver: ReturnType<typeof start>, job: Job, onWindow: () => void = () => undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The driver took too long')), longestRunMs);
    driver.on('message', (message: FromDriver) => {
      if ('window' in message) return onWindow();
      clearTimeout(timer);
      if ('result' in message) resolve(message.result);
      else reject(new Error(`Driver: ${message.failure}`));
    });
    driver.once('exit', (code) => reject(new Error(`The driver ended with ${code}`)));
    driver.send(job);
  });
}
