import { HttpClient } from './http-client.js';
import type { ReadJob, Result } from './job.js';
import type { MeasuredWindow } from './measured-window.js';

/** Runs GET requests in closed loops, each connection cycling through the paths. */
export async function readLoad(job: ReadJob, window: MeasuredWindow): Promise<Result> {
  const clients = Array.from({ length: job.connections }, () => new HttpClient(job.url, job.token));
  const loops = clients.map(async (client, index) => {
    for (let turn = index; window.running; turn++) {
      const sentAt = performance.now();
      const { status, body } = await client.request('GET', job.paths[turn % job.paths.length] ?? '/');
      if (status === 200) window.total++;
      else window.refuse(`${status} ${body}`);
      window.record(performance.now() - sentAt);
    }
  });
  const { extra: _, ...counted } = await Promise.race([window.pass(), failed(loops)]);
  await Promise.all(loops);
  for (const client of clients) client.close();
  return {
    ...counted,
    total: window.total,
    refused: window.refused,
    firstRefusal: window.firstRefusal,
    latency: window.latencies.summary(),
  };
}

function failed(loops: Promise<void>[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const loop of loops) loop.catch(reject);
  });
}
