import { freshDatabase } from '../support/databases.js';
import { type CompiledService, compileService } from './rig/compiled-service.js';
import { quantile, renderRolling } from './rig/figures.js';
import { rollingRestarts, type RollingOptions } from './rig/rolling.js';
import { makeScene, removeScene } from './rig/scene.js';

jest.setTimeout(180_000);

const SENDERS = 5;
const WINDOW = 4;
const SEED = 20_261_120;

let service: CompiledService;
beforeAll(() => {
  service = compileService();
});
afterAll(() => service?.remove());

async function run(options: Pick<RollingOptions, 'restarts' | 'databaseUrl'>) {
  const scene = await makeScene(service, SENDERS, options.databaseUrl);
  try {
    const { figures, violations } = await rollingRestarts({ service, scene, seed: SEED, window: WINDOW, ...options });
    process.stderr.write(
      `\nRolling restarts, the short form (npm run torture:drain is the long one):\n${renderRolling(figures)}\n`,
    );
    expect(violations).toEqual([]);
    expect(figures.exits.map(({ code }) => code)).toEqual(Array.from({ length: options.restarts }, () => 0));
    expect(Math.max(...figures.exits.map(({ milliseconds }) => milliseconds))).toBeLessThan(10_000);
    expect({ silent: figures.silent, unsettled: figures.unsettled }).toEqual({ silent: 0, unsettled: 0 });
    // What did not happen was not tested.
    expect(Math.min(figures.turnedAway, figures.absences.length)).toBeGreaterThan(0);
    expect(figures.acknowledged).toBeGreaterThan(20);
    return figures;
  } finally {
    removeScene(scene);
  }
}

describe('restarts by SIGTERM under load', () => {
  it('leave no send without an answer on two nodes, and clients come back to the other one', async () => {
    const { url, drop } = await freshDatabase();
    try {
      const { absences } = await run({ restarts: 6, databaseUrl: url });
      expect(quantile(absences, 0.99)).toBeLessThan(3_000);
    } finally {
      await drop();
    }
  });

  it('leave no send without an answer on one node with its embedded engine', async () => {
    await run({ restarts: 2 });
  });
});
