import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { eventually, expectProblem } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { type World, world } from '../support/world.js';
import { say } from '../integrations/receiver.js';

/** Every sample of the guide to webhooks, one after the other, as an integrator would run them. */

const run = promisify(execFile);
const GUIDE = 'docs/guides/webhooks.md';

let w: World;
let key: string;
let samples: { node: string[]; sh: string[] };
let ports: [number, number];
const receivers: { child: ChildProcess; script: string; output: () => string }[] = [];

beforeAll(async () => {
  w = await world({ BESEDKA_OUTGOING_ALLOWED: '127.0.0.1' });
  const root = await w.person('root', { role: 'superuser' });
  const scopes = ['webhooks', 'tokens', 'rooms', 'messages:read', 'messages:write'];
  key = (await root.http.post('/integrations/keys', { name: 'shop', scopes })).body.key;
  ports = [await freePort(), await freePort()];
  const guide = (await readFile(GUIDE, 'utf8'))
    .replaceAll('http://127.0.0.1:3000', w.origin)
    .replaceAll('4000', String(ports[0]))
    .replaceAll('4001', String(ports[1]));
  const of = (kind: string) =>
    [...guide.matchAll(new RegExp(`<!-- run: ${kind} -->\\n+\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
      ([, code]) => code!,
    );
  samples = { node: of('node'), sh: of('sh') };
});
afterAll(async () => {
  for (const { child, script } of receivers) {
    child.kill();
    await rm(script, { force: true });
  }
  await w?.close();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a receiver of the guide and resolves when it listens. */
async function receive(sample: string, port: number, secret: string): Promise<() => string> {
  const script = `webhooks-sample-${process.pid}-${port}.mjs`;
  await writeFile(script, sample);
  const child = spawn(process.execPath, [script], { env: { ...process.env, SECRET: secret } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  receivers.push({ child, script, output: () => text });
  await eventually(
    () =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).then(
        ({ status }) => status === 401,
        () => false,
      ),
    'the receiver to listen and to refuse what is not signed',
    10_000,
  );
  return () => text;
}

it('run: a webhook is created, tested, heard, looked at, replayed and given a new secret; the feed tells the same', async () => {
  expect([samples.node.length, samples.sh.length]).toEqual([2, 5]);
  const [create, watch, fetchThem, rotate] = samples.sh;
  // The secret is known only when the webhook is there: the receiver begins between the two halves of the sample.
  const made = create!.slice(0, create!.indexOf('curl -s $API/integrations/webhooks/$ID/test'));
  const shell = (text: string) => run('bash', ['-euo', 'pipefail', '-c', text], { env: { ...process.env, KEY: key } });
  const { stdout } = await shell(made);
  const hook = JSON.parse(stdout) as { id: number; secret: string };
  expect(hook.secret).toMatch(/^whsec_/);
  const heard = await receive(samples.node[0]!, ports[0], hook.secret);
  const known = made.replace(/HOOK=\$\([\s\S]*?'\)\n/, `HOOK='${JSON.stringify(hook)}'\n`);
  const rest = create!.slice(made.length);
  const waited =
    'for i in $(seq 50); do curl -s "$API/integrations/webhooks/$ID/deliveries?state=delivered" -H "$AS" | grep -q evt_ && break; sleep 0.1; done';
  const all = await shell([known, rest, waited, watch, fetchThem, rotate].join('\n'));
  expect(all.stderr).toBe('');
  expect(all.stdout).toContain('"ok":true,"status":204,"error":null');
  expect(all.stdout).toMatch(/"state":"delivered","attempts":1/);
  expect(all.stdout).toContain('{"queued":1}');
  expect(all.stdout).toMatch(/"items":\[\{"id":"evt_\d+","position":\d+,"type":"message.sent"/);
  expect(all.stdout).toMatch(/"overlapUntil":"[^"]+".*"secret":"whsec_/);
  expect(all.stdout).not.toContain('"code"');
  await eventually(() => /^message.sent in room \d+: Your order is on its way$/m.test(heard()), 'the receiver to hear');
  expect(heard().match(/on its way/g)).toHaveLength(1);
}, 30_000);

it('run: the hook before sending refuses, rewrites and allows', async () => {
  const shop = new HttpClient(w.origin, () => key);
  const [, , , , set] = samples.sh;
  const { stdout } = await run(
    'bash',
    [
      '-euo',
      'pipefail',
      '-c',
      `API=${w.origin}/api/v1; AS="Authorization: Bearer $KEY"; JSON='Content-Type: application/json'\n${set}`,
    ],
    { env: { ...process.env, KEY: key } },
  );
  const { secret } = JSON.parse(stdout) as { secret: string };
  await receive(samples.node[1]!, ports[1], secret);
  const roomId = (await shop.post('/rooms', { name: 'Orders', preset: 'private' })).body.id;
  const { token } = (await shop.post('/integrations/tokens', { externalId: 'customer-4711', rooms: [roomId] })).body;
  const alice = new HttpClient(w.origin, () => token);
  const refused = expectProblem(await say(alice, roomId, 'take 4111 1111 1111 1111'), 403, 'message/refused');
  expect(refused).toMatchObject({ reason: 'No card numbers, please.' });
  expect((await say(alice, roomId, 'write to alice@shop.example')).body.text).toBe('write to …');
  expect((await say(alice, roomId, 'thank you')).body.text).toBe('thank you');
}, 30_000);
