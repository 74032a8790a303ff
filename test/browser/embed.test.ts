import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ChatProxy } from '../client/chat-proxy.js';
import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios, type Tab } from './browser.js';

/** The example app, run as its README says, in a browser: its own people, its own strict policy, and the chat from another origin. */
const ROOT = resolve(__dirname, '../..');
const SCRIPT = join(ROOT, 'dist/web/embed/besedka-room.js');
const MOST_BYTES = 60 * 1024;

let w: World;
let root: Person;
let mod: Person;
let proxy: ChatProxy;
let app: ChildProcess;
let site: string;
let guest: string;
let browsing: Browsing;
const scenario = scenarios(() => browsing);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startApp(port: number): Promise<void> {
  const made = await root.http.post('/integrations/keys', { name: 'shop', scopes: ['tokens', 'rooms'] });
  app = spawn(process.execPath, [join(ROOT, 'examples/embed/server.mjs')], {
    env: { PATH: process.env.PATH, BESEDKA_URL: proxy.origin, BESEDKA_KEY: made.body.key, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  app.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await eventually(() => said.includes(site), 'the example to start', 15_000);
}

/** Somebody signed in to the app, with the chat before him. */
async function visitor(name: string, options: Parameters<Browsing['open']>[1] = {}): Promise<Tab> {
  const tab = await browsing.open(undefined, { origin: site, others: [proxy.origin], ...options });
  await tab.page.getByLabel('Name').fill(name);
  await tab.page.getByLabel('Password').fill(`${name}: long enough`);
  await tab.get('button', 'Sign in').click();
  await tab.page.locator('besedka-room form').waitFor();
  return tab;
}

async function write(tab: Tab, text: string): Promise<void> {
  await tab.page.locator('besedka-room .log[aria-busy=false]').waitFor();
  await tab.get('textbox').last().fill(text);
  await tab.page.keyboard.press('Enter');
}

const shown = (tab: Tab) => tab.page.locator('besedka-room .message:not(.pending) .text').allTextContents();
const idOf = async (name: string) =>
  (await w.database.query<{ id: number }>('SELECT id FROM accounts WHERE username = $1', [name]))[0]!.id;
const roomOf = async () => (await w.database.query<{ id: number }>('SELECT id FROM rooms ORDER BY id LIMIT 1'))[0]!.id;

inBrowser('a room on the page of another app', () => {
  beforeAll(async () => {
    const port = await freePort();
    site = `http://127.0.0.1:${port}`;
    guest = `http://127.0.0.1:${await freePort()}`;
    w = await world({ BESEDKA_CORS_ORIGINS: `${site},${guest}` });
    root = await w.person('root', { role: 'superuser' });
    mod = await w.person('mod', { role: 'moderator' });
    proxy = await ChatProxy.before(w.origin);
    await startApp(port);
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    app?.kill();
    await browsing?.close();
    await proxy?.close();
    await w?.close();
  });

  it(`comes as one script of at most ${MOST_BYTES} bytes gzipped, open to every origin and asked about by its tag`, async () => {
    const script = await fetch(`${w.origin}/embed/besedka-room.js`);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('access-control-allow-origin')).toBe('*');
    expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await script.text()).toBe(readFileSync(SCRIPT, 'utf8'));
    const again = await fetch(script.url, { headers: { 'if-none-match': script.headers.get('etag')! } });
    expect(again.status).toBe(304);
    const bytes = gzipSync(readFileSync(SCRIPT)).length;
    process.stdout.write(`<besedka-room>: ${bytes} bytes gzipped\n`);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  scenario('lets two people of the app chat, under its policy, without a request elsewhere', async () => {
    const [alice, bob] = [await visitor('alice'), await visitor('bob')];
    await alice.sees('No messages yet. Write the first one.');
    await write(alice, 'Добрый вечер! <img src=x onerror=alert(1)>');
    await bob.sees('Добрый вечер! <img src=x onerror=alert(1)>');
    await bob.get('textbox').last().pressSequentially('On');
    await alice.sees('bob is typing…');
    await write(bob, 'On my way!\nIn a minute');
    await alice.sees('On my way!');
    await alice.seesNoMore('bob is typing…');
    await eventually(async () => (await shown(bob)).length === 2, 'both messages');
    expect(await shown(alice)).toEqual(await shown(bob));
    expect(await alice.page.locator('.message.own .text').allTextContents()).toEqual([
      'Добрый вечер! <img src=x onerror=alert(1)>',
    ]);
    expect(await alice.page.locator('besedka-room img').count()).toBe(0);
    await alice.picture('embed-light');
    // The token is the person's own, and stays in the script.
    expect(await alice.page.content()).not.toMatch(/eyJ/);
  });

  scenario(
    'marks what was changed and deleted, and loads older pages while what one reads stays in place',
    async () => {
      const roomId = await roomOf();
      await root.http.put(`/rooms/${roomId}/members/${root.id}`);
      const ids: number[] = [];
      for (let n = 0; n < 130; n++) {
        const sent = await root.http.post(`/rooms/${roomId}/messages`, { text: `line ${n}`, clientId: `line-${n}` });
        ids.push((sent.body as { id: number }).id);
      }
      const tab = await visitor('alice');
      await tab.sees('line 129');
      await root.http.patch(`/rooms/${roomId}/messages/${ids[129]}`, { text: 'the last line', version: 1 });
      await root.http.delete(`/rooms/${roomId}/messages/${ids[128]}`);
      await tab.sees('the last line');
      await tab.sees('edited');
      await tab.sees('Message deleted');
      const log = tab.page.locator('besedka-room .log');
      const loaded = () => tab.page.locator('besedka-room .message').count();
      const before = await loaded();
      const [first, place] = await log.evaluate((element: any) => {
        element.scrollTop = 40;
        const all = [...element.querySelectorAll('.message')];
        const there = all.find((message) => message.offsetTop + message.offsetHeight > 40);
        return [there.querySelector('.text').textContent as string, there.getBoundingClientRect().top as number];
      });
      await eventually(async () => (await loaded()) > before, 'older messages');
      const kept = await tab.page
        .getByText(first, { exact: true })
        .evaluate((text: any) => text.closest('li').getBoundingClientRect().top as number);
      expect(Math.abs(kept - place)).toBeLessThan(25);
      await log.focus();
      await eventually(async () => {
        await tab.page.keyboard.press('Home');
        const isAtTop = await log.evaluate((element: any) => element.scrollTop === 0);
        return isAtTop && (await shown(tab)).includes('line 0');
      }, 'the oldest message, at the beginning');
      await write(tab, 'back at the end');
      await tab.sees('back at the end');
      await eventually(
        () => log.evaluate((element: any) => element.scrollHeight - element.scrollTop - element.clientHeight < 5),
        'the end in sight',
      );
    },
  );

  scenario(
    'keeps what is written while the service is away, says so, and sends it once when asked to try',
    async () => {
      const cut = /ERR_|WebSocket|Failed to (load|fetch)/;
      const [alice, bob] = [await visitor('alice', { allowed: cut }), await visitor('bob', { allowed: cut })];
      await write(bob, 'before the tunnel');
      await alice.sees('before the tunnel');
      proxy.cut(true);
      await alice.sees(/No connection|Connecting/);
      await write(alice, 'from the tunnel');
      await alice.sees('Sending…');
      expect((await shown(bob)).includes('from the tunnel')).toBe(false);
      await alice.page.getByRole('button', { name: 'Try now' }).waitFor();
      await alice.picture('embed-banner');
      // Restored in the moment of the attempt: a connection that comes back by itself would take the button away.
      const before = proxy.refused;
      await alice.get('button', 'Try now').click();
      await eventually(() => proxy.refused > before, 'an attempt');
      proxy.restore();
      await bob.sees('from the tunnel');
      await alice.seesNoMore(/No connection|Connecting|Sending/);
      for (const tab of [alice, bob])
        await eventually(
          async () => (await shown(tab)).filter((text) => text === 'from the tunnel').length === 1,
          'the message once',
        );
    },
  );

  scenario(
    'says why somebody may not write: slow mode with its countdown, a filter, a block with its reason',
    async () => {
      const roomId = await roomOf();
      const carol = await visitor('carol', { locale: 'ru-RU' });
      await root.http.patch(`/rooms/${roomId}`, { slowModeSeconds: 3 });
      await write(carol, 'раз');
      await carol.sees('раз');
      await write(carol, 'два');
      await carol.sees(/Slow mode: sent in \d s\./);
      await carol.picture('embed-slow');
      await carol.seesNoMore(/Slow mode/);
      await eventually(async () => (await shown(carol)).includes('два'), 'the message that waited', 8_000);
      await root.http.patch(`/rooms/${roomId}`, { slowModeSeconds: 0 });

      await carol.page.evaluate(
        `document.documentElement.lang = 'ru'; document.querySelector('besedka-room').setAttribute('lang', 'ru')`,
      );
      await carol.get('textbox', 'Сообщение').waitFor();
      await root.http.post('/moderation/filters', {
        name: 'no spam',
        kind: 'words',
        action: 'refuse',
        entries: ['spam'],
      });
      await write(carol, 'buy spam');
      await carol.sees(/Не отправлено/);
      await carol.picture('embed-failed');
      await carol.get('button', 'Удалить').click();
      await carol.seesNoMore('buy spam');

      const block = await mod.http.post('/moderation/blocks', {
        accountId: await idOf('carol'),
        mode: 'mute',
        scope: 'global',
        reason: 'шум',
      });
      await carol.sees('Модератор лишил вас права писать. Причина: шум.');
      expect(await carol.get('textbox').filter({ visible: true }).count()).toBe(0);
      await carol.picture('embed-muted');
      // A page that has just been opened learns of it by the first refusal.
      await carol.page.reload();
      await carol.get('textbox', 'Message').waitFor();
      await write(carol, 'may I?');
      await carol.sees('Not sent. A moderator blocked you. Reason: шум.');
      await mod.http.delete(`/moderation/blocks/${block.body.id}`);
      await carol.get('button', 'Try again').click();
      await eventually(async () => (await shown(carol)).includes('may I?'), 'the message tried again');
    },
  );

  scenario(
    'asks the page for a token where there is no provider, and shows nothing of one person to the next',
    async () => {
      const tab = await visitor('alice');
      await write(tab, 'written by alice');
      await eventually(async () => (await shown(tab)).includes('written by alice'), 'the message stored', 8_000);
      await tab.page.evaluate(`(async () => {
      const room = document.querySelector('besedka-room');
      const token = await room.tokenProvider();
      const bare = document.createElement('besedka-room');
      const heard = [];
      for (const name of ['token-needed', 'ready', 'message', 'problem'])
        document.addEventListener('besedka-' + name, ({ type, target, detail }) => {
          if (target !== bare) return;
          heard.push(type);
          if (type === 'besedka-token-needed') bare.token = token;
          if (type === 'besedka-ready') heard.push(detail.roomId === room.room);
        });
      bare.server = room.server;
      bare.room = room.room;
      room.replaceWith(bare);
      window.heard = heard;
    })()`);
      await tab.sees('written by alice');
      await eventually(async () => (await tab.page.evaluate<unknown[]>('window.heard')).length >= 3, 'the events');
      expect(await tab.page.evaluate('window.heard')).toEqual(['besedka-token-needed', 'besedka-ready', true]);
      expect(await tab.page.locator('.message.own').count()).toBeGreaterThan(0);

      const bobs = await visitor('bob');
      const token = await bobs.page.evaluate(`document.querySelector('besedka-room').tokenProvider()`);
      await tab.page.evaluate(`document.querySelector('besedka-room').token = ${JSON.stringify(token)}`);
      await eventually(
        async () => !(await tab.page.locator('.message.own .text').allTextContents()).includes('written by alice'),
        'her messages to be those of another',
      );
      await tab.sees('written by alice');

      // A provider that fails once is asked again.
      await tab.page.evaluate(`(() => {
        const before = document.querySelector('besedka-room');
        const after = document.createElement('besedka-room');
        let calls = 0;
        after.server = before.server;
        after.room = before.room;
        after.tokenProvider = async () => (calls++ > 0 ? ${JSON.stringify(token)} : undefined);
        before.replaceWith(after);
      })()`);
      await eventually(async () => (await shown(tab)).includes('written by alice'), 'the messages', 8_000);
    },
  );

  scenario('runs as the guide says: a token by curl, two lines on a page, and the policy that they need', async () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/embed.md'), 'utf8').replaceAll(
      '127.0.0.1:3000',
      new URL(w.origin).host,
    );
    const sample = (kind: string) =>
      new RegExp(`<!-- run: ${kind} -->\\n+\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(guide)![1]!;
    const key = await root.http.post('/integrations/keys', { name: 'guide', scopes: ['tokens', 'rooms'] });
    const script = `${sample('sh')}\nprintf '\\n%s' "$ROOM"`;
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      env: { PATH: process.env.PATH, KEY: key.body.key },
    });
    const [answer, roomId] = stdout.split('\n');
    const { token } = JSON.parse(answer!) as { token: string };
    const page = sample('page').replace('ROOM', roomId!).replace('TOKEN', token);
    const [header, policy] = sample('policy')
      .trim()
      .split(/: (.*)/);
    const server: Server = createServer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', [header!]: policy })
        .end(`<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1>${page}</main></html>`),
    );
    await new Promise<void>((ready) => server.listen(Number(new URL(guest).port), '127.0.0.1', ready));
    try {
      const tab = await browsing.open(undefined, { origin: guest, others: [w.origin], colorScheme: 'dark' });
      await tab.sees('Сообщений пока нет. Напишите первое.');
      await write(tab, 'Добрый день');
      await eventually(async () => (await shown(tab)).includes('Добрый день'), 'the message');
      expect(await tab.barriers()).toEqual([]);
    } finally {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    }
  });

  for (const colorScheme of ['light', 'dark'] as const)
    scenario(`has nothing that axe finds, ${colorScheme}, down to a narrow page`, async () => {
      const tab = await visitor('alice', { colorScheme, viewport: { width: 320, height: 700 } });
      await tab.sees('written by alice');
      expect(await tab.barriers()).toEqual([]);
      expect(await tab.overflows()).toBe(false);
      await tab.picture(`embed-narrow-${colorScheme}`);
    });
});
