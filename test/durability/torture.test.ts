import { countByKind } from './checker/violation.js';
import { SEEDED_BUGS, type SeededBug } from './rig/bug-names.js';
import { type CompiledService, compileService } from './rig/compiled-service.js';
import { renderFigures } from './rig/figures.js';
import { torture, type TortureOptions, type TortureResult } from './rig/rig.js';
import { copyScene, makeScene, removeScene, type Scene } from './rig/scene.js';

jest.setTimeout(180_000);

const SENDERS = 10;
const SEED = 20_261_120;

let service: CompiledService;
let scene: Scene;

beforeAll(async () => {
  service = compileService();
  scene = await makeScene(service, SENDERS);
});

afterAll(() => {
  if (scene) removeScene(scene);
  service?.remove();
});

/** A run from the same beginning as all others, whose data are thrown away. */
async function run(
  options: Pick<TortureOptions, 'seconds' | 'kills'> & Partial<TortureOptions>,
): Promise<TortureResult> {
  const own = copyScene(scene);
  try {
    return await torture({ service, scene: own, seed: SEED, ...options });
  } finally {
    removeScene(own);
  }
}

describe('a service that is killed again and again', () => {
  it('loses, doubles and reorders nothing that it acknowledged or told', async () => {
    const { figures, violations } = await run({ seconds: 7, kills: 3, victims: ['service', 'both', 'engine'] });
    process.stderr.write(`\nTorture, the short form (npm run torture is the long one):\n${renderFigures(figures)}\n`);
    expect(violations).toEqual([]);
    expect(figures.kills).toHaveLength(3);
    expect(figures.durability).toMatch(/fsync on, synchronous_commit on$/);
    // What did not happen was not tested.
    for (const happened of ['acknowledged', 'ambiguous', 'replays', 'changes', 'heard'] as const)
      expect({ [happened]: figures[happened] }).toEqual({ [happened]: expect.any(Number) });
    expect(Math.min(figures.ambiguous, figures.replays, figures.changes)).toBeGreaterThan(0);
    expect(figures.acknowledged).toBeGreaterThan(300);
    expect(figures.unsettled).toBe(0);
    expect(figures.heard).toBeGreaterThan(figures.acknowledged);
  });
});

describe('the rig', () => {
  const ways: Record<keyof typeof SEEDED_BUGS, Pick<TortureOptions, 'seconds' | 'kills'> & Partial<TortureOptions>> = {
    'acknowledge-before-commit': { seconds: 2.5, kills: 2, victims: ['service'] },
    'forgetful-engine': { seconds: 2.5, kills: 2, victims: ['both'] },
    'no-deduplication': { seconds: 2, kills: 0 },
    'gap-in-seq': { seconds: 1.5, kills: 0 },
    'swapped-emission': { seconds: 1.5, kills: 0 },
    'lost-at-the-seam': { seconds: 2, kills: 0, restlessMs: 300 },
    'refused-but-stored': { seconds: 1.5, kills: 0 },
  };

  it.each(Object.entries(SEEDED_BUGS))('catches the seeded bug %s as %s', async (bug, kind) => {
    const { violations } = await run({ bug: bug as SeededBug, ...ways[bug as keyof typeof SEEDED_BUGS] });
    expect([...countByKind(violations).keys()]).toContain(kind);
  });
});
