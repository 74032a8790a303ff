import { newClientId } from '../support/transports.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios } from './browser.js';

let w: World;
let alice: Person;
let bob: Person;
let roomId: number;
let browsing: Browsing;
const scenario = scenarios(() => browsing);

inBrowser('the page of the socket events', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob] = [await w.person('alice'), await w.person('bob')];
    const room = await alice.http.post('/rooms', { name: 'lobby', preset: 'private', members: [bob.id] });
    roomId = (room.body as { id: number }).id;
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  it('asks for nothing but its own origin, in the language that is wanted', async () => {
    const page = await fetch(`${w.origin}/docs/events`, { headers: { 'accept-language': 'ru' } });
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*trusted-types 'none'/);
    expect(page.headers.get('vary')).toContain('accept-language');
    const html = await page.text();
    expect(await (await fetch(`${w.origin}/docs`)).text()).toContain('<a href="./docs/events">');
    expect(html).toContain('События сокета вживую');
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/);
    expect(
      await (await fetch(`${w.origin}/docs/events?lang=en`, { headers: { 'accept-language': 'ru' } })).text(),
    ).toContain('lang="en"');
  });

  scenario(
    'signs in, sends a command, and shows its acknowledgement and the facts, which can be sifted and cleared',
    async () => {
      const tab = await browsing.open(undefined, { path: '/docs/events' });
      const log = tab.page.locator('#log');
      await tab.page.getByLabel('User name').fill('alice');
      await tab.page.getByLabel('Password').fill(alice.password);
      await tab.get('button', 'Connect').click();
      await tab.sees(`Connected as account ${alice.id}`);
      await tab.sees('session.ready', log);
      const body = tab.page.getByLabel('Body, JSON');
      expect(JSON.parse(await body.inputValue())).toMatchObject({ roomId, text: expect.any(String) });
      await tab.get('button', 'Send').click();
      await log.locator('li.ack', { hasText: 'message.send' }).waitFor();
      await log.locator('li.fact', { hasText: 'message.sent' }).waitFor();
      expect((await bob.http.get(`/rooms/${roomId}/messages`)).body.items).toHaveLength(1);

      await bob.http.post(`/rooms/${roomId}/messages`, {
        text: '<b onclick=alert(1)>hello</b>',
        clientId: newClientId(),
      });
      await tab.sees('<b onclick=alert(1)>hello</b>', log);
      await tab.get('combobox').selectOption('room.resume');
      await body.fill('{"roomId": 1');
      await body.press('Control+Enter');
      await tab.sees('The body is not JSON');
      await body.fill('{"roomId": 999999, "after": 0}');
      await body.press('Control+Enter');
      await log.locator('li.ack.refused', { hasText: 'room/not-found' }).waitFor();
      await tab.picture('events-light');
      expect(await tab.barriers()).toEqual([]);

      await tab.page.getByLabel('Filter').fill('message.sent');
      expect(await log.locator('li:visible').count()).toBe(2);
      await tab.page.getByLabel('Facts').uncheck();
      await tab.sees('Nothing yet.');
      await tab.get('button', 'Clear').click();
      expect(await log.locator('li').count()).toBe(0);
      await tab.get('button', 'Disconnect').click();
      await tab.sees('Not connected');
    },
  );

  scenario('takes a token, says in Russian why one is refused, and fits a phone in the dark', async () => {
    const tab = await browsing.open(undefined, {
      path: '/docs/events',
      locale: 'ru-RU',
      colorScheme: 'dark',
      viewport: { width: 320, height: 800 },
      allowed: /WebSocket/,
    });
    await tab.get('button', 'Подключиться').click();
    await tab.sees('Укажите имя и пароль или токен доступа.');
    await tab.page.getByLabel('Токен доступа').fill('no token');
    await tab.get('button', 'Подключиться').click();
    await tab.sees(/Отказ: auth\/token-invalid/);
    await tab.page.getByLabel('Токен доступа').fill(bob.token);
    await tab.get('button', 'Подключиться').click();
    await tab.sees(`Подключено, учётная запись ${bob.id}`);
    await alice.http.post(`/rooms/${roomId}/messages`, { text: 'привет', clientId: newClientId() });
    await tab.sees(/"text": "привет"/);
    expect(await tab.barriers()).toEqual([]);
    expect(await tab.overflows()).toBe(false);
    await tab.picture('events-dark');
  });
});
