import { readFileSync } from 'node:fs';
import { Receiver, RECEIVER_ADDRESS, say, Shop } from '../integrations/receiver.js';
import { eventually } from '../support/expect.js';
import { inBrowser, scenarios, type Tab } from './browser.js';
import { ConsoleScene, idOf } from './console-scene.js';

let s: ConsoleScene;
let receiver: Receiver;
const scenario = scenarios(() => s.browsing);
const focused = (tab: Tab) => tab.page.evaluate('document.activeElement.textContent');
const auditOf = async (target: string, action: string) =>
  (
    (await s.people.root.http.get(`/moderation/audit?target=${target}&action=${action}`)).body as {
      items: { id: number; after: Record<string, unknown> | null }[];
    }
  ).items;
const blocksOf = async (accountId: number) =>
  (
    (await s.people.root.http.get(`/moderation/blocks?accountId=${accountId}&active=true`)).body as {
      items: { mode: string; scope: unknown; reason: string; expiresAt: string | null }[];
    }
  ).items;

inBrowser('the places of the console', () => {
  beforeAll(async () => {
    s = await ConsoleScene.open({ BESEDKA_OUTGOING_ALLOWED: RECEIVER_ADDRESS });
    receiver = await Receiver.open();
  });
  afterEach(() => s.clear());
  afterAll(async () => {
    await s?.close();
    await receiver?.close();
  });

  scenario('lets a moderator sign in, and nobody without the role', async () => {
    const tab = await s.browsing.open(undefined, { path: '/console' });
    await tab.page.getByLabel('User name').fill('mod');
    await tab.page.getByLabel('Password').fill(s.people.mod.password);
    await tab.page.keyboard.press('Enter');
    await tab.get('navigation', 'Places').waitFor();
    expect(await tab.get('link', 'Webhooks').count()).toBe(0);
    const hers = await s.console('alice');
    await hers.sees('The console is for moderators and superusers.');
    expect(await hers.get('navigation', 'Places').count()).toBe(0);
  });

  scenario('finds people by the beginning of their name, also from an address', async () => {
    const tab = await s.console('mod', 'people');
    await tab.sees('alice');
    await tab.page.getByLabel('Search by name').fill('mal');
    await tab.seesNoMore('alice');
    await tab.get('link', /mallory/).waitFor();
    expect(await tab.barriers()).toEqual([]);
    await tab.page.reload();
    expect(await tab.page.getByLabel('Search by name').inputValue()).toBe('mal');
    await tab.get('link', /mallory/).click();
    await tab.get('heading', /mallory/).waitFor();
    await tab.sees('No block was ever laid on this person.');
    await eventually(async () => ((await focused(tab)) as string).includes('mallory'), 'the heading to have the focus');
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('tells what a block will do before it is laid, and lifts it again', async () => {
    const { id } = s.people.mallory;
    const tab = await s.console('mod', `people/${id}`, { colorScheme: 'dark' });
    await tab.get('button', 'Block…').click();
    await tab.sees('mallory reads on, and cannot write anywhere.');
    await tab.get('radio', /Full/).check();
    await tab.sees('mallory is signed out on every device at once and cannot sign in.');
    await tab.page.getByLabel('How long').selectOption('Without an end');
    await tab.sees('It holds until somebody lifts it.');
    await tab.page.getByLabel('Delete recent messages').selectOption('Of the last hour');
    await tab.sees('Messages of the last hour are deleted everywhere.');
    await tab.page.getByLabel('Reason').fill('Advertising');
    await tab.picture('console-block-dialog');
    expect(await tab.barriers()).toEqual([]);
    await tab.get('button', 'Block').click();
    await tab.sees('mallory is blocked.');
    expect(await blocksOf(id)).toMatchObject([
      { mode: 'full', scope: 'global', reason: 'Advertising', expiresAt: null },
    ]);
    await tab.get('button', 'Lift').click();
    await tab.get('dialog', 'Lift the block of mallory?').getByRole('button', { name: 'Lift' }).click();
    await tab.sees('The block is lifted.');
    expect(await blocksOf(id)).toEqual([]);
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('blocks nobody without a reason, and in one room only where that is said', async () => {
    const { id } = s.people.bob;
    const tab = await s.console('mod', `people/${id}`);
    await tab.get('button', 'Block…').click();
    await tab.get('button', 'Block').click();
    expect(await blocksOf(id)).toEqual([]);
    await tab.page.getByLabel('Where').selectOption('In one room');
    await tab.page.getByRole('combobox', { name: /^Room/ }).fill(`${s.lobby}`);
    await tab.sees('bob reads on, and cannot write in lobby.');
    await tab.page.getByLabel('Reason').fill('A pause');
    await tab.get('button', 'Block').click();
    await tab.sees('bob is blocked.');
    expect(await blocksOf(id)).toMatchObject([{ mode: 'mute', scope: s.lobby }]);
    await tab.get('button', 'Block…').click();
    await tab.page.getByLabel('Where').selectOption('In one room');
    await tab.page.getByRole('combobox', { name: /^Room/ }).fill(`${s.lobby}`);
    await tab.sees('Such a block is in force already: nothing changes.');
    await tab.page.keyboard.press('Escape');
    await eventually(async () => (await focused(tab)) === 'Block…', 'the focus to return');
  });

  scenario('warns, and the warning stands in the history', async () => {
    const tab = await s.console('mod', `people/${s.people.bob.id}`);
    await tab.get('button', 'Warn…').click();
    await tab.page.getByLabel('Reason').fill('Please stay friendly');
    await tab.get('button', 'Warn').click();
    await tab.sees('bob is warned.');
    await tab.sees('Please stay friendly');
    await tab.sees('Warning', tab.page.locator('section', { hasText: 'History' }));
  });

  scenario('deletes what somebody wrote, and says how far it is', async () => {
    await s.say('mallory', 'tea one');
    await s.say('mallory', 'tea two');
    const tab = await s.console('mod', `people/${s.people.mallory.id}`);
    await tab.get('button', 'Delete messages…').click();
    await tab.page.getByLabel('Which').selectOption('All');
    await tab.page.getByLabel('Reason').fill('Advertising');
    await tab.get('button', 'Delete').click();
    await tab.sees(/\d+ messages are deleted\./);
    expect(await tab.barriers()).toEqual([]);
    const { items } = (await s.people.alice.http.get(`/rooms/${s.lobby}/messages`)).body as {
      items: { text: string }[];
    };
    expect(items.filter(({ text }) => text.startsWith('tea'))).toEqual([]);
  });

  scenario('lets superusers give roles, and moderators not', async () => {
    const carol = await s.w.person('carol');
    const his = await s.console('mod', `people/${carol.id}`);
    await his.get('button', 'Block…').waitFor();
    expect(await his.get('button', 'Role…').count()).toBe(0);
    const tab = await s.console('root', `people/${carol.id}`);
    await tab.get('button', 'Role…').click();
    await tab.get('radio', 'Moderator').check();
    expect(await tab.barriers()).toEqual([]);
    await tab.get('button', 'Give this role').click();
    await tab.sees('carol has the role: Moderator.');
    expect((await carol.http.get('/moderation/reports')).status).toBe(200);
  });

  scenario('says that nobody decides about himself', async () => {
    const tab = await s.console('mod', `people/${s.people.mod.id}`);
    await tab.sees('This is you. Others decide about you.');
    expect(await tab.get('button', 'Block…').count()).toBe(0);
  });

  scenario('reads a room only on demand, under a strip that says it is recorded', async () => {
    const roomId = idOf(await s.people.alice.http.post('/rooms', { name: 'vault', preset: 'private' }));
    await s.say('alice', 'Between us', roomId);
    const tab = await s.console('mod', 'rooms');
    await tab.page.getByLabel('Find by name or number').fill('vau');
    await tab.seesNoMore('lobby');
    await tab.get('link', /vault/).click();
    await tab.get('button', 'Read the messages').waitFor();
    expect(await auditOf(`room:${roomId}`, 'room.read')).toEqual([]);
    await tab.get('button', 'Read the messages').click();
    await tab.sees('Between us');
    await tab.sees('You read as a moderator. This is recorded.');
    expect((await auditOf(`room:${roomId}`, 'room.read')).length).toBe(1);
    await tab.picture('console-room');
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('deletes a message of a room with a reason', async () => {
    const messageId = await s.say('mallory', 'One more offer');
    const tab = await s.console('mod', `rooms/${s.lobby}`);
    await tab.get('button', 'Read the messages').click();
    await tab.page.locator('.talk li', { hasText: 'One more offer' }).getByRole('button', { name: 'Delete…' }).click();
    await tab.page.getByLabel('Reason').fill('Advertising');
    expect(await tab.barriers()).toEqual([]);
    await tab.get('button', 'Delete').click();
    await tab.sees('The message is deleted.');
    await tab.seesNoMore('One more offer');
    expect((await s.people.alice.http.get(`/rooms/${s.lobby}/messages/${messageId}`)).body).toMatchObject({ text: '' });
  });

  scenario('freezes a room and unfreezes it', async () => {
    const tab = await s.console('mod', `rooms/${s.lobby}`);
    await tab.get('button', 'Freeze').click();
    await eventually(async () => (await focused(tab)) === 'Cancel', 'the safe answer to have the focus');
    await tab.get('dialog', 'Freeze the room lobby?').getByRole('button', { name: 'Freeze' }).click();
    await tab.sees('The room is frozen.');
    await tab.get('button', 'Unfreeze').waitFor();
    const refused = await s.people.bob.http.post(`/rooms/${s.lobby}/messages`, {
      text: 'hello',
      clientId: 'a'.repeat(16),
    });
    expect(refused.status).toBe(403);
    await tab.get('button', 'Unfreeze').click();
    await tab.sees('Whoever could write here before can write again.');
    await s.say('bob', 'hello again');
  });

  scenario('says that a room is closed to moderators', async () => {
    const roomId = idOf(await s.people.alice.http.put(`/direct/${s.people.bob.id}`, {}));
    await s.w.database.query('UPDATE rooms SET moderated = false WHERE id = $1', [roomId]);
    const tab = await s.console('root', `rooms/${roomId}`);
    await tab.sees('A room that is closed to moderators shows them what was reported in it');
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('searches the audit log, and its address gives the same to others', async () => {
    await s.people.mod.http.post('/moderation/warnings', { accountId: s.people.bob.id, reason: 'For the log' });
    const tab = await s.console('mona', 'audit');
    await tab.sees('For the log');
    expect(await tab.barriers()).toEqual([]);
    await tab.page.getByLabel('Who').fill('mod');
    await tab.page.getByLabel('Act', { exact: true }).fill('warning.create');
    await tab.page.keyboard.press('Enter');
    await eventually(() => tab.page.url().includes('action=warning.create'), 'the address to say it');
    await tab.sees('For the log');
    await tab.seesNoMore('room.read');
    const other = await s.console('root', tab.page.url().split('#/')[1]);
    await other.sees('For the log');
    expect(await other.page.getByLabel('Act', { exact: true }).inputValue()).toBe('warning.create');
    await other.picture('console-audit');
    await tab.page.getByLabel('Who').fill('nobody-of-that-name');
    await tab.get('button', 'Search').click();
    await tab.sees('There is nobody called nobody-of-that-name.');
  });

  scenario('gives a link to one row, which is marked and has the focus', async () => {
    await s.people.mod.http.post('/moderation/warnings', { accountId: s.people.bob.id, reason: 'Look at this row' });
    const tab = await s.console('mod', 'audit', { permissions: ['clipboard-read', 'clipboard-write'] });
    const row = tab.page.locator('.log > li', { hasText: 'Look at this row' });
    await row.getByRole('button', { name: 'Copy link' }).click();
    await tab.sees('The link is copied.');
    const link = (await tab.page.evaluate('navigator.clipboard.readText()')) as string;
    const other = await s.console('mona', link.split('#/')[1]);
    await other.page.locator('.log > li.marked', { hasText: 'Look at this row' }).waitFor();
    await eventually(
      async () => ((await focused(other)) as string).includes('Look at this row'),
      'the row to be focused',
    );
    expect(await other.page.locator('.log > li').count()).toBe(1);
    expect(await other.barriers()).toEqual([]);
  });

  scenario('reverses a block from its row', async () => {
    const { id } = s.people.mallory;
    await s.people.mona.http.post('/moderation/blocks', {
      accountId: id,
      mode: 'mute',
      scope: 'global',
      reason: 'By mistake',
    });
    const tab = await s.console('mod', `audit?target=account:${id}&action=block.create`);
    const row = tab.page.locator('.log > li', { hasText: 'By mistake' });
    await row.getByRole('button', { name: 'Reverse…' }).click();
    await tab.sees('The block is lifted.');
    await tab.get('dialog', 'Reverse this act?').getByRole('button', { name: 'Reverse' }).click();
    await tab.sees('It is reversed.');
    expect(await blocksOf(id)).toEqual([]);
  });

  scenario('exports what was asked for, line by line, the oldest first', async () => {
    const tab = await s.console('mod', 'audit');
    await tab.get('button', 'Export').waitFor();
    const [download] = await Promise.all([tab.page.waitForEvent('download'), tab.get('button', 'Export').click()]);
    await tab.sees(/Exported: \d+ rows/);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    const ids = lines.map((line) => (JSON.parse(line) as { id: number }).id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(ids[0]).toBe(1);
  });

  for (const colorScheme of ['light', 'dark'] as const)
    scenario(`draws four plots, each with its numbers as a table (${colorScheme})`, async () => {
      await s.reported();
      const tab = await s.console('mod', 'health', { colorScheme });
      await tab.sees('Waiting cases');
      await eventually(async () => (await tab.page.locator('.plot canvas').count()) === 4, 'four pictures');
      for (const table of await tab.page.getByText('As a table').all()) await table.click();
      expect(await tab.page.locator('.plot table tbody tr').count()).toBeGreaterThanOrEqual(24 + 24 + 60 + 1);
      await tab.get('region', 'Nodes').waitFor();
      expect(await tab.barriers()).toEqual([]);
      for (const table of await tab.page.getByText('As a table').all()) await table.click();
      await tab.picture(`console-health-${colorScheme}`);
    });

  scenario('shows a superuser what became of the events of a server, and delivers one again', async () => {
    const shop = await Shop.open(() => s.w, s.people.root);
    const roomId = await shop.room();
    const dave = await shop.person('dave', [roomId]);
    await shop.webhook(receiver.url('/orders'), { name: 'orders' });
    await say(dave.http, roomId, 'one');
    await eventually(() => receiver.at('/orders').some(({ event }) => event.type === 'message.sent'), 'the event');
    const tab = await s.console('root', 'webhooks');
    await tab.page.getByLabel('API key').fill('besedka_not-a-key');
    await tab.get('button', 'Show its webhooks').click();
    await tab.get('alert').getByText(/./).first().waitFor();
    expect(await tab.barriers()).toEqual([]);
    await tab.page.getByLabel('API key').fill(shop.key.key);
    await tab.get('button', 'Show its webhooks').click();
    await tab.sees('orders');
    const row = tab.page.locator('.hook li', { hasText: 'message.sent' });
    await row.getByText('Delivered').waitFor();
    const before = receiver.at('/orders').length;
    await row.getByRole('button', { name: 'Deliver again' }).click();
    await tab.sees('1 event is queued again.');
    await eventually(() => receiver.at('/orders').length > before, 'the event to come again');
    receiver.answer = (response) => void response.writeHead(500).end();
    await tab.get('button', 'Post a test event').click();
    await tab.sees('It failed: the answer was 500.');
    await tab.picture('console-webhooks');
    expect(await tab.barriers()).toEqual([]);
    expect(await tab.page.evaluate(`JSON.stringify({ ...localStorage })`)).not.toContain(shop.key.key);
    await tab.get('button', 'Forget the key').click();
    await tab.page.getByLabel('API key').waitFor();
  });

  scenario('speaks Russian in every place, and is never wider than a phone', async () => {
    const phone = { locale: 'ru-RU', viewport: { width: 320, height: 700 } };
    const tab = await s.console('root', 'people', phone);
    const places = [
      ['people', 'Поиск по имени'],
      [`people/${s.people.bob.id}`, 'Заблокировать…'],
      ['rooms', 'Поиск по названию или номеру'],
      [`rooms/${s.lobby}`, 'Читать сообщения'],
      ['audit', 'Выгрузить'],
      ['health', 'Время до решения'],
      ['webhooks', 'Показать вебхуки'],
    ] as const;
    for (const [place, text] of places) {
      await tab.page.evaluate(`location.hash = '#/${place}'`);
      await tab.page.getByText(text).or(tab.page.getByLabel(text)).first().waitFor();
      expect([place, await tab.overflows()]).toEqual([place, false]);
      expect([place, await tab.barriers()]).toEqual([place, []]);
      await tab.picture(`console-phone-${place.replace('/', '-')}`);
    }
  });

  scenario('keeps the language and the look that were chosen', async () => {
    const tab = await s.console('mod', 'health');
    await tab.get('button', 'Settings').click();
    await tab.page.getByLabel('Theme').selectOption('Dark');
    await tab.page.getByLabel('Language').selectOption('Русский');
    await tab.get('heading', 'Настройки').waitFor();
    expect(await tab.barriers()).toEqual([]);
    await tab.page.keyboard.press('Escape');
    await tab.page.reload();
    await tab.get('heading', 'Состояние').waitFor();
    expect(await tab.page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  });
});
