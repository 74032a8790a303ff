import { setTimeout as sleep } from 'node:timers/promises';
import { fanOutLoad } from './fan-out-load.js';
import type { FromDriver, IdleJob, Job, Result } from './job.js';
import { Latencies } from './latency.js';
import { MeasuredWindow } from './measured-window.js';
import { readLoad } from './read-load.js';
import { stalledLoad } from './stalled-load.js';
import { sendLoad } from './send-load.js';
import { SocketClient } from './socket-client.js';

/** Child process: takes one job over IPC, answers with its result and ends when the parent disconnects. */
const tell = (message: FromDriver) => process.send?.(message);

process.once('message', (job: Job) => {
  run(job).then(
    (result) => tell({ result }),
    (error: Error) => tell({ failure: error.message }),
  );
});
process.once('disconnect', () => process.exit());

function run(job: Job): Promise<Result> {
  if (job.kind === 'idle') return hold(job);
  const window = new MeasuredWindow(job, (state) => tell({ window: state }));
  if (job.kind === 'fan-out') return fanOutLoad(job, window);
  if (job.kind === 'stalled') return stalledLoad(job, window);
  return job.kind === 'read' ? readLoad(job, window) : sendLoad(job, window);
}

async function hold({ url, tokens }: IdleJob): Promise<Result> {
  for (const token of tokens) await SocketClient.connect(url, token, { closed: (reason) => tell({ failure: reason }) });
  await sleep(500);
  return {
    count: tokens.length,
    perSecond: 0,
    total: tokens.length,
    refused: 0,
    latency: new Latencies().summary(),
    driverBusy: 0,
  };
}
