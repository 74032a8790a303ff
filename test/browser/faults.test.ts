import { ChatProxy } from '../client/chat-proxy.js';
import { eventually } from '../support/expect.js';
import { secondNode } from '../support/second-node.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios, type Tab } from './browser.js';
import { bubble, composer, entry, inRoom, messages, roomOf, say, write } from './room-tab.js';

let w: World;
let browsing: Browsing;
let alice: Person;
let bob: Person;
let proxy: ChatProxy;
const scenario = scenarios(() => browsing);

/** A cut connection is an error to the console of every browser. */
const CUT = /WebSocket|ERR_|Failed to load/;

async function behindProxy(person: Person, roomId: number): Promise<Tab> {
  return inRoom(browsing, person, roomId, { origin: proxy.origin, allowed: CUT });
}

const texts = (tab: Tab) => messages(tab).allTextContents();

/** Asks for another attempt, and lets the service be reached behind it: a connection that comes back by itself takes the button away. */
async function tryAgain(tab: Tab): Promise<void> {
  const before = proxy.refused;
  await tab.get('button', 'Try now').click();
  await eventually(() => proxy.refused > before, 'an attempt');
  proxy.restore();
}

inBrowser('the chat page on a bad connection', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob] = [await w.person('alice'), await w.person('bob')];
    browsing = await Browsing.over(w);
  });
  beforeEach(async () => {
    proxy = await ChatProxy.before(w.origin);
  });
  afterEach(() => proxy?.close());
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  scenario('says after a second that the connection is gone, and comes back at once when asked', async () => {
    const lobby = await roomOf([alice, bob], 'lobby lost');
    const tab = await behindProxy(alice, lobby);
    proxy.cut(true);
    await tab.sees(/No connection\. Next try in \d+ second/);
    expect(await tab.barriers()).toEqual([]);
    await tryAgain(tab);
    await tab.seesNoMore(/No connection/);
    await say(bob, lobby, 'there you are');
    await tab.sees('there you are', tab.page.locator('.history'));
  });

  scenario('says nothing of a connection that is back within a second', async () => {
    const lobby = await roomOf([alice, bob], 'lobby blink');
    const tab = await behindProxy(alice, lobby);
    await tab.page.evaluate(
      `new MutationObserver(() => { if (document.querySelector('.lost')) window.alarmed = true }).observe(document.body, { subtree: true, childList: true })`,
    );
    proxy.cut();
    await say(bob, lobby, 'after the blink');
    await tab.sees('after the blink', tab.page.locator('.history'));
    expect(await tab.page.evaluate('window.alarmed')).toBeUndefined();
  });

  scenario('keeps what is written offline and sends it in its order, once', async () => {
    const lobby = await roomOf([alice, bob], 'lobby tunnel');
    const [hers, his] = [await behindProxy(alice, lobby), await inRoom(browsing, bob, lobby)];
    proxy.cut(true);
    await hers.sees(/No connection/);
    for (const text of ['in a tunnel', 'still in it', 'a light']) await write(hers, text);
    await bubble(hers, 'a light').getByText('Waits for the connection').waitFor();
    await tryAgain(hers);
    await bubble(his, 'a light').waitFor();
    await eventually(async () => (await hers.page.locator('.pending').count()) === 0, 'nothing pending');
    expect(await texts(his)).toEqual(['in a tunnel', 'still in it', 'a light']);
    expect(await texts(hers)).toEqual(['in a tunnel', 'still in it', 'a light']);
  });

  scenario('keeps the unsent over the closing of the page', async () => {
    const lobby = await roomOf([alice, bob], 'lobby closed page');
    const [hers, his] = [await behindProxy(alice, lobby), await inRoom(browsing, bob, lobby)];
    proxy.cut(true);
    await hers.sees(/No connection/);
    await write(hers, 'before the lid closed');
    await bubble(hers, 'before the lid').waitFor();
    await hers.page.goto('about:blank');
    expect(await texts(his)).toEqual([]);
    proxy.restore();
    await hers.page.goto(`${proxy.origin}/#/rooms/${lobby}`);
    await bubble(his, 'before the lid closed').waitFor();
    await bubble(hers, 'before the lid closed').waitFor();
    expect(await texts(hers)).toEqual(['before the lid closed']);
  });

  scenario('stores a message once whose acknowledgements are lost and whose socket is cut in the middle', async () => {
    const lobby = await roomOf([alice, bob], 'lobby acks');
    const [hers, his] = [await behindProxy(alice, lobby), await inRoom(browsing, bob, lobby)];
    proxy.ackLoss = 1;
    const all: string[] = [];
    for (let n = 0; n < 6; n++) {
      all.push(`line ${n}`);
      await write(hers, `line ${n}`);
      if (n % 2) proxy.cut();
    }
    proxy.ackLoss = 0;
    await bubble(his, 'line 5').waitFor();
    await eventually(async () => (await hers.page.locator('.pending').count()) === 0, 'nothing pending', 12_000);
    expect(await texts(his)).toEqual(all);
    expect(await texts(hers)).toEqual(all);
  });

  scenario('tells how much came meanwhile, and shows all of it', async () => {
    const [lobby, vault] = [await roomOf([alice, bob], 'lobby away'), await roomOf([alice, bob], 'vault away')];
    const tab = await behindProxy(alice, lobby);
    await entry(tab, 'vault away').waitFor();
    proxy.cut(true);
    await tab.sees(/No connection/);
    for (const text of ['one', 'two']) await say(bob, lobby, text);
    await say(bob, vault, 'three');
    await tryAgain(tab);
    await tab.sees('3 messages came while you were away');
    expect(await texts(tab)).toEqual(['one', 'two']);
    await entry(tab, 'vault away').getByText('1 unread message').waitFor({ state: 'attached' });
  });

  scenario('goes on with another node when its own is gone', async () => {
    const lobby = await roomOf([alice, bob], 'lobby nodes');
    const first = await secondNode(w);
    proxy.target = first.origin;
    const tab = await behindProxy(alice, lobby);
    await write(tab, 'by the first node');
    await bubble(tab, 'by the first node').getByText('Sent').waitFor({ state: 'attached' });
    proxy.cut(true);
    await first.close();
    await write(tab, 'by nobody yet');
    const second = await secondNode(w);
    proxy.target = second.origin;
    proxy.restore();
    await bubble(tab, 'by nobody yet').getByText('Sent').waitFor({ state: 'attached', timeout: 12_000 });
    await say(bob, lobby, 'welcome back');
    await tab.sees('welcome back', tab.page.locator('.history'));
    expect(await texts(tab)).toEqual(['by the first node', 'by nobody yet', 'welcome back']);
    await second.close();
  });

  scenario('tells somebody whose session was ended meanwhile that it is over', async () => {
    const carol = await w.person('carol');
    const lobby = await roomOf([carol, bob], 'lobby over');
    const tab = await behindProxy(carol, lobby);
    proxy.cut(true);
    await tab.sees(/No connection/);
    await carol.http.post('/auth/logout-all', {});
    await tryAgain(tab);
    await tab.sees('You are signed out');
    expect(await composer(tab).count()).toBe(0);
    await tab.get('button', 'Sign in again').click();
    await tab.page.getByLabel('User name').waitFor();
  });

  scenario('serves two pages of one browser with the same session, and signs both out', async () => {
    const dan = await w.person('dan');
    const lobby = await roomOf([dan, bob], 'lobby twins');
    const one = await inRoom(browsing, dan, lobby);
    const other = await one.context.newPage();
    await other.goto(`${w.origin}/#/rooms/${lobby}`);
    await other.locator('.composer textarea').fill('from the other page');
    await other.locator('.composer textarea').press('Enter');
    await one.sees('from the other page', one.page.locator('.history'));
    await one.get('button', 'dan').click();
    await one.get('menuitem', 'Sign out').click();
    await other.getByText('You are signed out').waitFor();
    await one.page.getByLabel('User name').waitFor();
  });
});
