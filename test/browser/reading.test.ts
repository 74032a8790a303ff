import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { attackStrings } from './attack-strings.js';
import { Browsing, inBrowser, scenarios, type Tab } from './browser.js';
import { bubble, composer, entry, inRoom, messages, roomOf, say, write } from './room-tab.js';

let w: World;
let browsing: Browsing;
let alice: Person;
let bob: Person;
const scenario = scenarios(() => browsing);
const MOST_ROWS = 300;

/** Fills a room with messages of Bob by hand: a hundred thousand over the API would take minutes. */
async function fill(roomId: number, count: number): Promise<void> {
  await w.database.query(
    `WITH room AS (UPDATE rooms SET last_seq = last_seq + $2::integer, message_count = message_count + $2::integer WHERE id = $1 RETURNING last_seq - $2::integer AS first)
     INSERT INTO messages (room_id, seq, author_id, client_id, request_hash, text)
     SELECT $1, room.first + n, $3, 'filled-' || $1 || '-' || n, decode(md5(n::text), 'hex'), 'filled line ' || n FROM room, generate_series(1, $2::integer) n`,
    [roomId, count, bob.id],
  );
}

/** Has this person read the room to its end. */
async function readAll(person: Person, roomId: number): Promise<void> {
  const { headSeq } = (await person.http.get(`/rooms/${roomId}`)).body as { headSeq: number };
  const answer = await person.http.put(`/rooms/${roomId}/read`, { seq: headSeq });
  if (answer.status !== 200) throw new Error(answer.text);
}

const rows = (tab: Tab) => tab.page.locator('.history article').count();
const scrollTo = (tab: Tab, top: string) =>
  tab.page.evaluate(`(() => { const box = document.querySelector('.scroller'); box.scrollTop = ${top} })()`);
/** The first row in sight, and where it stands. */
const inSight = (tab: Tab): Promise<{ id: string; top: number }> =>
  tab.page.evaluate(`(() => {
    const box = document.querySelector('.scroller').getBoundingClientRect();
    const row = [...document.querySelectorAll('.history article[id]')].find((one) => one.getBoundingClientRect().bottom > box.top + 40);
    return { id: row.id, top: row.getBoundingClientRect().top };
  })()`);
const topOf = (tab: Tab, id: string): Promise<number> =>
  tab.page.evaluate(`document.getElementById('${id}').getBoundingClientRect().top`);
const atEnd = (tab: Tab): Promise<boolean> =>
  tab.page.evaluate(
    `(() => { const box = document.querySelector('.scroller'); return box.scrollHeight - box.scrollTop - box.clientHeight < 3 })()`,
  );

inBrowser('reading at the chat page', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob] = [await w.person('alice'), await w.person('bob')];
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  scenario('finds words in a room, and shows what was found where it was said', async () => {
    const lobby = await roomOf([alice, bob], 'search lobby');
    await say(bob, lobby, 'Two needles in the hay');
    await fill(lobby, 400);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('filled line 400');
    expect(await bubble(tab, 'Two needles').count()).toBe(0);
    await tab.get('button', 'Search in the room').click();
    await tab.get('searchbox', 'Search in the room').fill('needle');
    await tab.sees('1 message found');
    expect(await tab.barriers()).toEqual([]);
    await tab.picture('search');
    await tab.get('button', /Two needles in the hay/).click();
    await bubble(tab, 'Two needles').waitFor();
    await eventually(
      () => tab.page.evaluate<boolean>(`document.activeElement.textContent.includes('Two needles in the hay')`),
      'the focus on what was found',
    );
    expect(await rows(tab)).toBeLessThanOrEqual(MOST_ROWS);
    await tab.get('button', 'Search in the room').click();
    await tab.get('searchbox', 'Search in the room').fill('haystack');
    await tab.sees('Nothing found');
  });

  scenario('goes back through the history in a small window, and what is read stays in its place', async () => {
    const lobby = await roomOf([alice, bob], 'long lobby');
    await fill(lobby, 700);
    await readAll(alice, lobby);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('filled line 700', tab.page.locator('.history'));
    expect(await atEnd(tab)).toBe(true);
    for (let pages = 0; pages < 8; pages++) {
      const oldest = await messages(tab).first().textContent();
      await scrollTo(tab, '300');
      const seen = await inSight(tab);
      await eventually(async () => (await messages(tab).first().textContent()) !== oldest, 'an older page');
      expect(Math.abs((await topOf(tab, seen.id)) - seen.top)).toBeLessThan(2);
      await eventually(async () => (await rows(tab)) <= MOST_ROWS, 'a small window');
    }
    expect(await tab.page.getByText('filled line 700', { exact: true }).locator('visible=true').count()).toBeLessThan(
      2,
    );
    await tab.get('button', 'To the newest messages').click();
    await tab.sees('filled line 700', tab.page.locator('.history'));
    await eventually(() => atEnd(tab), 'the end');
  });

  scenario('comes back down again through the pages that the window let go', async () => {
    const lobby = await roomOf([alice, bob], 'there and back');
    await fill(lobby, 500);
    await readAll(alice, lobby);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('filled line 500', tab.page.locator('.history'));
    const walk = async (top: string, text: string) => {
      await eventually(
        async () => {
          await scrollTo(tab, top);
          expect(await rows(tab)).toBeLessThanOrEqual(MOST_ROWS + 50);
          return (await tab.page.locator('.history').getByText(text, { exact: true }).count()) > 0;
        },
        text,
        15_000,
      );
    };
    await walk('0', 'filled line 1');
    await walk('box.scrollHeight', 'filled line 500');
    await scrollTo(tab, 'box.scrollHeight');
    await eventually(() => atEnd(tab), 'the end');
    await say(bob, lobby, 'live again');
    await tab.sees('live again', tab.page.locator('.history'));
  });

  scenario('counts what arrives below while one reads above, and moves nothing', async () => {
    const lobby = await roomOf([alice, bob], 'busy lobby');
    await fill(lobby, 60);
    await readAll(alice, lobby);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('filled line 60', tab.page.locator('.history'));
    await scrollTo(tab, '900');
    await eventually(async () => !(await atEnd(tab)), 'the place above');
    const seen = await inSight(tab);
    for (const text of ['one', 'two', 'three']) await say(bob, lobby, text);
    const button = tab.get('button', /3 new messages/);
    await button.waitFor();
    expect(Math.abs((await topOf(tab, seen.id)) - seen.top)).toBeLessThan(2);
    await button.click();
    await eventually(() => atEnd(tab), 'the end');
    await eventually(async () => (await button.count()) === 0, 'nothing new');
  });

  scenario('begins at the first unread message, with a line before it', async () => {
    const lobby = await roomOf([alice, bob], 'unread lobby');
    for (let n = 0; n < 30; n++) await say(bob, lobby, `read ${n}`);
    await readAll(alice, lobby);
    for (let n = 0; n < 18; n++) await say(bob, lobby, `unread ${n}`);
    const tab = await inRoom(browsing, alice, lobby);
    const line = tab.page.locator('.unread-line');
    await line.waitFor();
    await tab.sees('unread 0', tab.page.locator('.history'));
    expect(await tab.page.locator('.history li', { has: line }).locator('+ li').textContent()).toContain('unread 0');
    expect(await atEnd(tab)).toBe(false);
    await entry(tab, 'unread lobby').getByText('18 unread messages').waitFor({ state: 'attached' });
    await scrollTo(tab, 'box.scrollHeight');
    await eventually(async () => (await entry(tab, 'unread lobby').locator('.badge').count()) === 0, 'the read mark');
  });

  scenario('stays at the end and small while hundreds of messages arrive', async () => {
    const lobby = await roomOf([alice, bob], 'flooded lobby');
    await fill(lobby, 400);
    await readAll(alice, lobby);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('filled line 400', tab.page.locator('.history'));
    for (let pages = 0; pages < 4; pages++) {
      const oldest = await messages(tab).first().textContent();
      await scrollTo(tab, '0');
      await eventually(async () => (await messages(tab).first().textContent()) !== oldest, 'an older page');
    }
    await scrollTo(tab, 'box.scrollHeight');
    await eventually(() => atEnd(tab), 'the end');
    for (let n = 0; n < 3; n++)
      await Promise.all(Array.from({ length: 30 }, (_, i) => say(bob, lobby, `flood ${n} ${i}`)));
    await say(bob, lobby, 'the last drop');
    await tab.sees('the last drop', tab.page.locator('.history'));
    expect(await rows(tab)).toBeLessThanOrEqual(MOST_ROWS + 1);
    await eventually(() => atEnd(tab), 'the end');
  });

  scenario('paints a room of a hundred thousand messages by its last page', async () => {
    const lobby = await roomOf([alice, bob], 'endless lobby');
    await fill(lobby, 100_000);
    await readAll(alice, lobby);
    const tab = await browsing.open(alice);
    await entry(tab, 'endless lobby').waitFor();
    const began = Date.now();
    await entry(tab, 'endless lobby').click();
    await tab.sees('filled line 100000', tab.page.locator('.history'));
    process.stdout.write(`room of 100 000 messages: painted after ${Date.now() - began} ms\n`);
    expect(await rows(tab)).toBeLessThanOrEqual(60);
  });

  scenario('shows two hundred attack strings as the texts they are, and runs none', async () => {
    const strings = attackStrings();
    expect(strings.length).toBeGreaterThanOrEqual(200);
    const lobby = await roomOf([alice, bob], '<img src=x onerror=pwned=1>', { topic: '"><script>pwned=1</script>' });
    await bob.http.patch('/accounts/me', { firstName: '<svg onload=pwned=1>', lastName: '{{pwned=1}}' });
    for (const text of strings) await say(bob, lobby, text);
    await readAll(alice, lobby);
    const tab = await inRoom(browsing, alice, lobby);
    await bubble(tab, 'the end of the attack').waitFor();
    await eventually(async () => {
      await scrollTo(tab, '0');
      return (await messages(tab).count()) === strings.length;
    }, 'all of them');
    expect(await messages(tab).allTextContents()).toEqual(strings);
    expect(
      await tab.page.evaluate(
        '[window.pwned, document.querySelectorAll("#app script, #app img, #app iframe, #app [onerror], #app [onload]").length]',
      ),
    ).toEqual([undefined, 0]);
    const links: string[] = await tab.page.evaluate(
      '[...document.querySelectorAll(".history a")].map(({ href }) => href)',
    );
    expect(links.filter((href) => !/^https?:/.test(href))).toEqual([]);
    await bob.http.patch('/accounts/me', { firstName: '', lastName: '' });
  });

  scenario('makes links of addresses, which open elsewhere and tell nothing of where one was', async () => {
    const lobby = await roomOf([alice, bob], 'linked lobby');
    await say(bob, lobby, 'see https://example.org/tea?x=1, and (http://example.net/).');
    const tab = await inRoom(browsing, alice, lobby);
    const links = tab.page.locator('.history a');
    await links.first().waitFor();
    expect(await links.allTextContents()).toEqual(['https://example.org/tea?x=1', 'http://example.net/']);
    expect(await links.first().getAttribute('rel')).toContain('noreferrer');
    await write(tab, 'thanks');
    await composer(tab).waitFor();
  });
});
