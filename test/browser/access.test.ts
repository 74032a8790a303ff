import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios, type Tab } from './browser.js';
import { bubble, composer, entry, inRoom, messages, roomOf, say, write } from './room-tab.js';

let w: World;
let browsing: Browsing;
let alice: Person;
let bob: Person;
let lobby: number;
const scenario = scenarios(() => browsing);

/** What has the focus, by its accessible name or its text. */
const focused = (tab: Tab): Promise<string> =>
  tab.page.evaluate(
    `document.activeElement.getAttribute('aria-label') || document.activeElement.name || document.activeElement.textContent`,
  );

/** Every screen of the chat page that is not told elsewhere, one after the other. */
async function screens(tab: Tab, look: (name: string) => Promise<void>): Promise<void> {
  await entry(tab, 'Беседка').waitFor();
  await look('list');
  await entry(tab, 'Беседка').click();
  await bubble(tab, 'the last word').waitFor();
  await look('room');
  await bubble(tab, 'the last word').hover();
  await look('actions');
  for (const name of ['members', 'room-menu', 'own-menu', 'settings', 'new-room', 'new-message', 'search'] as const) {
    await open[name](tab);
    await look(name);
    await tab.page.keyboard.press('Escape');
    await eventually(async () => (await tab.page.locator('dialog, [role=menu]').count()) === 0, `the end of ${name}`);
  }
}

const open = {
  members: async (tab: Tab) => {
    await tab.page.locator('.room-header button.count').click();
    await tab.page.locator('dialog li').first().waitFor();
  },
  'room-menu': (tab: Tab) => tab.page.locator('.room-header .menu-place > button').click(),
  'own-menu': async (tab: Tab) => {
    if (!(await tab.page.locator('.sidebar').isVisible())) await tab.page.locator('.back').click();
    await tab.page.locator('.sidebar .menu-place > button').click();
  },
  settings: async (tab: Tab) => {
    await tab.page.locator('.sidebar .menu-place > button').click();
    await tab.page.locator('[role=menuitem]').first().click();
    await tab.page.locator('dialog li').first().waitFor();
  },
  'new-room': async (tab: Tab) => {
    await tab.page.locator('.sidebar footer button').first().click();
    await tab.page.locator('dialog').waitFor();
  },
  'new-message': async (tab: Tab) => {
    await tab.page.locator('.sidebar footer button').last().click();
    await tab.page.locator('dialog input').fill('b');
    await tab.page.locator('dialog li').first().waitFor();
  },
  search: async (tab: Tab) => {
    await tab.page.locator('.sidebar input').fill('b');
    await tab.page.locator('.sidebar section').last().waitFor();
  },
};

inBrowser('everybody at the chat page', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob] = [await w.person('alice'), await w.person('bob')];
    browsing = await Browsing.over(w);
    lobby = await roomOf([alice, bob], 'Беседка', { preset: 'open', topic: 'Tea at five', capacity: 40 });
    const first = await say(bob, lobby, 'Добрый вечер! https://example.org/tea');
    await say(alice, lobby, 'an answer', first);
    const gone = await say(bob, lobby, 'too much');
    await bob.http.delete(`/rooms/${lobby}/messages/${gone}`);
    await say(bob, lobby, '@alice the last word');
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    scenario(`axe finds no barrier on any screen, ${colorScheme}`, async () => {
      const tab = await browsing.open(alice, { colorScheme, ...(colorScheme === 'dark' ? { locale: 'ru-RU' } : {}) });
      const found: Record<string, string[]> = {};
      await screens(tab, async (name) => {
        const barriers = await tab.barriers();
        if (barriers.length > 0) found[name] = barriers;
        if (['room', 'settings'].includes(name)) await tab.picture(`${name}-${colorScheme}`);
      });
      expect(found).toEqual({});
    });

  for (const [width, height] of [
    [320, 568],
    [550, 380],
  ] as const)
    scenario(`nothing is wider than a window of ${width} by ${height}`, async () => {
      const tab = await browsing.open(alice, { viewport: { width, height }, locale: 'ru-RU' });
      const wide: string[] = [];
      await screens(tab, async (name) => {
        if (await tab.overflows()) wide.push(name);
        if (name === 'room' || name === 'list') await tab.picture(`${name}-${width}`);
      });
      expect(wide).toEqual([]);
      expect(await tab.barriers()).toEqual([]);
    });

  scenario('forced colours and reduced motion leave everything to see, and nothing that moves', async () => {
    const tab = await inRoom(browsing, alice, lobby, { forcedColors: 'active', reducedMotion: 'reduce' });
    await bubble(tab, 'the last word').waitFor();
    expect(await tab.barriers()).toEqual([]);
    expect(await tab.page.evaluate('document.getAnimations().length')).toBe(0);
    expect(await tab.page.evaluate(`getComputedStyle(document.querySelector('.bubble')).borderTopWidth`)).toBe('1px');
  });

  scenario('the keyboard alone signs in, opens a room, writes, and walks to a message and its actions', async () => {
    const tab = await browsing.open();
    await tab.page.getByLabel('User name').waitFor();
    const tabTo = async (name: string | RegExp) => {
      for (let presses = 0; presses < 25; presses++) {
        if ((await focused(tab)).match(name)) return;
        await tab.page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach ${name}; the focus is at ${await focused(tab)}`);
    };
    await tabTo('username');
    await tab.page.keyboard.type(bob.username);
    await tabTo('password');
    await tab.page.keyboard.type(bob.password);
    await tab.page.keyboard.press('Enter');
    await entry(tab, 'Беседка').waitFor();
    await tabTo('Search rooms and people');
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.keyboard.press('Enter');
    await composer(tab).waitFor();
    await eventually(async () => (await focused(tab)) === 'Write to Беседка', 'the focus in the composer');
    await tab.page.keyboard.type('by keys alone');
    await tab.page.keyboard.press('Enter');
    await bubble(tab, 'by keys alone').getByText('Sent').waitFor({ state: 'attached' });
    for (let presses = 0; presses < 5 && !(await focused(tab)).startsWith('You, '); presses++)
      await tab.page.keyboard.press('Shift+Tab');
    await tab.page.keyboard.press('ArrowUp');
    expect(await focused(tab)).toMatch(/^bob|^alice|^You/);
    await tabTo('Reply');
    await tab.page.keyboard.press('Enter');
    await tab.sees(/Reply to/);
    await eventually(async () => (await focused(tab)) === 'Write to Беседка', 'the focus in the composer again');
  });

  scenario('the focus is held by a dialog and goes back to where it was', async () => {
    const tab = await inRoom(browsing, alice, lobby);
    const button = tab.page.locator('.room-header button.count');
    await button.focus();
    await tab.page.keyboard.press('Enter');
    await tab.sees('owner');
    for (let presses = 0; presses < 8; presses++) {
      await tab.page.keyboard.press('Tab');
      const inside = await tab.page.evaluate(
        `!!document.activeElement.closest('dialog') || document.activeElement === document.body`,
      );
      expect(inside).toBe(true);
    }
    await tab.page.keyboard.press('Escape');
    await eventually(async () => (await tab.page.locator('dialog').count()) === 0, 'the end of the dialog');
    await eventually(async () => (await focused(tab)).startsWith('Members: '), 'the focus on the button');
  });

  scenario('a menu is walked by arrows and given up by Escape', async () => {
    const tab = await inRoom(browsing, alice, lobby);
    await tab.get('button', 'Actions on the room').focus();
    await tab.page.keyboard.press('Enter');
    await tab.page.locator('[role=menuitem]').first().waitFor();
    await eventually(async () => (await focused(tab)) === 'Copy the link to the room', 'the first entry');
    await tab.page.keyboard.press('End');
    expect(await focused(tab)).toBe('Leave the room');
    await tab.page.keyboard.press('ArrowDown');
    expect(await focused(tab)).toBe('Copy the link to the room');
    await tab.page.keyboard.press('Escape');
    await eventually(async () => (await focused(tab)) === 'Actions on the room', 'the button');
  });

  scenario('the language is changed at once, for the texts, the dates and the document', async () => {
    const tab = await inRoom(browsing, alice, lobby);
    await tab.get('button', 'alice').click();
    await tab.get('menuitem', 'Settings').click();
    await tab.page.getByLabel('Language').selectOption('ru');
    await tab.get('heading', 'Настройки').waitFor();
    expect(await tab.page.evaluate('document.documentElement.lang')).toBe('ru');
    await tab.page.keyboard.press('Escape');
    await tab.sees(/\d+ из 40 участников/);
    await tab.sees('Сегодня');
    await tab.page.reload();
    await tab.sees('Сегодня');
  });

  scenario('Russian counts as Russian does', async () => {
    const room = await roomOf([bob, alice], 'счёт');
    const tab = await browsing.open(alice, { locale: 'ru-RU' });
    let sent = 0;
    for (const [count, words] of [
      [1, '1 непрочитанное сообщение'],
      [2, '2 непрочитанных сообщения'],
      [5, '5 непрочитанных сообщений'],
    ] as const) {
      for (; sent < count; sent++) await say(bob, room, `номер ${sent}`);
      await entry(tab, 'счёт').getByText(words).waitFor({ state: 'attached' });
    }
  });

  scenario('light and dark are chosen against the device, and kept', async () => {
    const tab = await inRoom(browsing, alice, lobby, { colorScheme: 'light' });
    const background = () => tab.page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await background();
    await tab.get('button', 'alice').click();
    await tab.get('menuitem', 'Settings').click();
    await tab.page.getByLabel('Theme').selectOption('dark');
    await eventually(async () => (await background()) !== light, 'the dark');
    await tab.page.reload();
    await composer(tab).waitFor();
    expect(await background()).not.toBe(light);
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('a phone shows the list or the room, and the way back', async () => {
    const tab = await browsing.open(bob, { viewport: { width: 360, height: 700 }, hasTouch: true });
    await entry(tab, 'Беседка').click();
    await composer(tab).waitFor();
    expect(await tab.page.locator('.sidebar').isVisible()).toBe(false);
    await write(tab, 'from a phone');
    await bubble(tab, 'from a phone').waitFor();
    await tab.get('link', 'Back to the rooms').click();
    await entry(tab, 'Беседка').waitFor();
    expect(await composer(tab).count()).toBe(0);
    expect(await messages(tab).count()).toBe(0);
  });
});
