import { world, type World } from '../support/world.js';
let w: World;
beforeAll(async () => { w = await world(); });
afterAll(() => w?.close());
it('serves', async () => {
  for (const path of ['/docs', '/docs/', '/docs/openapi.json', '/docs/openapi.yaml', '/docs/asyncapi.json', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css', '/docs/start.js', '/docs/index.html', '/docs/LICENSE', '/docs/nix', '/health/live', '/health/ready', '/problems', '/problems/room/full', '/problems/room/nix', '/problems/room', '/problems/room/full?lang=ru']) {
    const answer = await w.http.get(path);
    console.log(path, answer.status, answer.text.length, answer.text.slice(0, 200), Object.fromEntries(answer.headers));
  }
});
