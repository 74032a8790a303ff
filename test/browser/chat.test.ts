import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios } from './browser.js';
import { bubble, composer, entry, inRoom, messages, roomOf, say, write } from './room-tab.js';

let w: World;
let browsing: Browsing;
let alice: Person;
let bob: Person;
let mallory: Person;
const scenario = scenarios(() => browsing);

inBrowser('people at the chat page', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob, mallory] = [await w.person('alice'), await w.person('bob'), await w.person('mallory')];
    await bob.http.patch('/accounts/me', { firstName: 'Борис', lastName: 'Ivanov' });
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  scenario('talk: the other reads it at once, an outsider sees neither room nor words', async () => {
    const lobby = await roomOf([alice, bob], 'lobby one');
    const [hers, his, outside] = [
      await inRoom(browsing, alice, lobby),
      await inRoom(browsing, bob, lobby),
      await browsing.open(mallory, { path: `/#/rooms/${lobby}` }),
    ];
    await write(hers, 'Чай готов');
    await his.sees('Чай готов');
    await bubble(hers, 'Чай готов').getByText('Sent').waitFor({ state: 'attached' });
    await outside.sees('This room cannot be opened');
    expect(await outside.page.getByText('Чай готов').count()).toBe(0);
    await write(his, 'Иду');
    await hers.sees('Иду');
    expect(await messages(hers).allTextContents()).toEqual(['Чай готов', 'Иду']);
  });

  scenario('send by Enter, begin a line by Shift+Enter, and send nothing while an input method composes', async () => {
    const lobby = await roomOf([alice, bob], 'lobby keys');
    const tab = await inRoom(browsing, alice, lobby);
    await composer(tab).fill('first');
    await composer(tab).press('Shift+Enter');
    await composer(tab).pressSequentially('second');
    const client = await tab.context.newCDPSession(tab.page);
    await client.send('Input.imeSetComposition', { text: '日本', selectionStart: 2, selectionEnd: 2 });
    await composer(tab).dispatchEvent('keydown', { key: 'Enter', isComposing: true });
    expect(await messages(tab).count()).toBe(0);
    await client.send('Input.insertText', { text: '日本' });
    await composer(tab).press('Enter');
    await tab.sees('second日本');
    expect(await messages(tab).allTextContents()).toEqual(['first\nsecond日本']);
  });

  scenario('edit the last message of their own by the arrow up; both see that it was edited', async () => {
    const lobby = await roomOf([alice, bob], 'lobby edit');
    const [hers, his] = [await inRoom(browsing, alice, lobby), await inRoom(browsing, bob, lobby)];
    await write(hers, 'helo');
    await his.sees('helo');
    await write(his, 'another');
    await hers.sees('another');
    await composer(hers).press('ArrowUp');
    await eventually(async () => (await composer(hers).inputValue()) === 'helo', 'the message to edit');
    await composer(hers).fill('hello');
    await composer(hers).press('Enter');
    await his.sees('edited');
    expect(await messages(his).allTextContents()).toEqual(['hello', 'another']);
    await eventually(async () => (await composer(hers).inputValue()) === '', 'the empty composer');
  });

  scenario('leave an edit by Escape and find their draft again', async () => {
    const lobby = await roomOf([alice, bob], 'lobby escape');
    const tab = await inRoom(browsing, alice, lobby);
    await write(tab, 'as it was');
    await tab.sees('as it was');
    await composer(tab).press('ArrowUp');
    await composer(tab).fill('something else');
    await composer(tab).press('Escape');
    await eventually(async () => (await composer(tab).inputValue()) === '', 'the empty composer');
    expect(await messages(tab).allTextContents()).toEqual(['as it was']);
  });

  scenario('delete a message after a question; its place stays', async () => {
    const lobby = await roomOf([alice, bob], 'lobby delete');
    const [hers, his] = [await inRoom(browsing, alice, lobby), await inRoom(browsing, bob, lobby)];
    await write(hers, 'a secret');
    await his.sees('a secret');
    await bubble(hers, 'a secret').hover();
    await hers.get('button', 'Delete').click();
    await hers.get('dialog', 'Delete the message?').waitFor();
    await hers.get('dialog').getByRole('button', { name: 'Delete' }).click();
    await his.sees('Message deleted');
    await hers.sees('You deleted this message');
    await eventually(async () => !(await his.page.content()).includes('a secret'), 'no trace of it');
  });

  scenario('answer a message with its quote, and see the quote go when the message is deleted', async () => {
    const lobby = await roomOf([alice, bob], 'lobby reply');
    const asked = await say(bob, lobby, 'Who brings the jam?');
    const [hers, his] = [await inRoom(browsing, alice, lobby), await inRoom(browsing, bob, lobby)];
    await bubble(hers, 'Who brings').hover();
    await hers.get('button', 'Reply').click();
    await hers.sees('Reply to Борис Ivanov');
    await hers.page.locator('.composer textarea:focus').waitFor();
    await hers.page.keyboard.type('I do');
    await hers.page.keyboard.press('Enter');
    await bubble(his, 'I do').locator('blockquote', { hasText: 'Who brings the jam?' }).waitFor();
    await bob.http.delete(`/rooms/${lobby}/messages/${asked}`);
    await bubble(hers, 'I do').getByText('A message that is no longer there').waitFor();
  });

  scenario('see who is writing, and no longer once it is sent', async () => {
    const lobby = await roomOf([alice, bob], 'lobby typing');
    const [hers, his] = [await inRoom(browsing, alice, lobby), await inRoom(browsing, bob, lobby)];
    await composer(his).pressSequentially('hm');
    await hers.page.locator('.typing').getByText('Борис Ivanov is writing…').waitFor();
    await composer(his).press('Enter');
    await hers.sees('hm', hers.page.locator('.history'));
    await eventually(async () => (await hers.page.locator('.typing').textContent()) === '', 'the end of writing');
  });

  scenario('have the unread counted, the mention marked, and both gone once read, on every device', async () => {
    const lobby = await roomOf([alice, bob], 'lobby unread');
    const [desk, phone] = [await browsing.open(alice), await browsing.open(alice)];
    await entry(desk, 'lobby unread').waitFor();
    await say(bob, lobby, 'one');
    await say(bob, lobby, '@alice two');
    await entry(desk, 'lobby unread').getByText('2 unread messages').waitFor({ state: 'attached' });
    await entry(phone, 'lobby unread').getByText('1 mention').waitFor({ state: 'attached' });
    await entry(desk, 'lobby unread').click();
    await desk.sees('New messages');
    await eventually(async () => (await entry(phone, 'lobby unread').locator('.badge').count()) === 0, 'no badges');
    expect(await entry(desk, 'lobby unread').locator('.badge').count()).toBe(0);
    expect(await desk.page.locator('mark').textContent()).toBe('@alice');
  });

  scenario('mark a room as unread again', async () => {
    const lobby = await roomOf([alice, bob], 'lobby later');
    await say(bob, lobby, 'read me later');
    const tab = await inRoom(browsing, alice, lobby);
    await eventually(async () => (await entry(tab, 'lobby later').locator('.badge').count()) === 0, 'the read mark');
    await tab.get('button', 'Actions on the room').click();
    await tab.get('menuitem', 'Mark as unread').click();
    await entry(tab, 'lobby later').getByText('1 unread message').waitFor({ state: 'attached' });
  });

  scenario('find drafts again after a reload, shown in the list, and nobody else finds them', async () => {
    const [one, two] = [await roomOf([alice, bob], 'lobby draft'), await roomOf([alice, bob], 'vault draft')];
    const tab = await inRoom(browsing, alice, one);
    await composer(tab).fill('half a thought');
    await entry(tab, 'vault draft').click();
    await entry(tab, 'lobby draft').getByText('half a thought').waitFor();
    await tab.page.reload();
    await entry(tab, 'lobby draft').locator('.danger-text').waitFor();
    await entry(tab, 'lobby draft').click();
    await eventually(async () => (await composer(tab).inputValue()) === 'half a thought', 'the draft');
    expect(two).not.toBe(one);
  });

  scenario('keep the room with the newest message on top', async () => {
    const one = await roomOf([alice, bob], 'order one');
    const two = await roomOf([alice, bob], 'order two');
    await say(bob, one, 'older');
    await say(bob, two, 'newer');
    const tab = await browsing.open(alice);
    const first = () => tab.page.locator('.sidebar a.entry .entry-name').first().textContent();
    await eventually(async () => (await first()) === 'order two', 'the newest on top');
    await say(bob, one, 'newest');
    await eventually(async () => (await first()) === 'order one', 'the other on top');
    await entry(tab, 'order one').getByText('Борис Ivanov: newest').waitFor();
  });

  scenario('group messages of one person, with a line for each day', async () => {
    const lobby = await roomOf([alice, bob], 'lobby days');
    for (const text of ['one', 'two']) await say(bob, lobby, text);
    await w.database.query(`UPDATE messages SET created_at = created_at - interval '1 day' WHERE room_id = $1`, [
      lobby,
    ]);
    for (const text of ['three', 'four']) await say(bob, lobby, text);
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('four');
    expect(await tab.page.locator('.day').allTextContents()).toEqual(['Yesterday', 'Today']);
    expect(await tab.page.locator('.message .author').count()).toBe(2);
  });

  scenario('find rooms and people by Ctrl+K and begin a direct room with the arrow keys alone', async () => {
    await roomOf([alice, bob], 'tea garden');
    const tab = await browsing.open(alice);
    await entry(tab, 'tea garden').waitFor();
    await tab.page.keyboard.press('Control+k');
    await tab.page.locator('input[type=search]:focus').waitFor();
    await tab.page.keyboard.type('tea g');
    await tab.page.keyboard.press('Enter');
    await composer(tab).waitFor();
    await tab.get('heading', 'tea garden').waitFor();
    await tab.page.keyboard.press('Control+k');
    await tab.page.locator('input[type=search]:focus').waitFor();
    await tab.page.keyboard.type('бори');
    await tab.get('button', 'Борис Ivanov').waitFor();
    await tab.page.keyboard.press('ArrowDown');
    await tab.page.keyboard.press('Enter');
    await tab.get('heading', 'Борис Ivanov').waitFor();
    await write(tab, 'just between us');
    const his = await browsing.open(bob);
    await entry(his, 'alice').getByText('just between us').waitFor();
  });

  scenario('say that nothing was found', async () => {
    const tab = await browsing.open(alice);
    await tab.get('searchbox').waitFor();
    await tab.page.keyboard.press('Control+k');
    await tab.page.locator('input[type=search]:focus').waitFor();
    await tab.page.keyboard.type('zzzz');
    await tab.sees('Nothing found');
  });

  scenario('see by a dot who is here', async () => {
    const direct = await alice.http.put(`/direct/${bob.id}`, {});
    const tab = await inRoom(browsing, alice, (direct.body as { id: number }).id);
    await browsing.open(bob);
    await tab.page.locator('.room-header .dot.online').waitFor();
    await tab.page.locator('.room-names').getByText('online').waitFor();
  });

  scenario('begin a room, and a direct room by the name of a person', async () => {
    const tab = await browsing.open(alice);
    await tab.get('button', 'New room').click();
    await tab.page.getByLabel('Name', { exact: true }).fill('book club');
    await tab.page.getByLabel('Topic (optional)').fill('Slow reading');
    await tab.get('button', 'Create').click();
    await tab.get('heading', 'book club').waitFor();
    await tab.sees('Slow reading');
    await tab.sees('1 member');
    await tab.get('button', 'New message').click();
    await tab.page.getByLabel('Find a person by name').fill('mallo');
    await tab.get('dialog').getByRole('button', { name: 'mallory' }).click();
    await tab.get('heading', 'mallory').waitFor();
  });

  scenario('are told how much room is left in a message, and cannot send more than it holds', async () => {
    const lobby = await roomOf([alice, bob], 'lobby long');
    const tab = await inRoom(browsing, alice, lobby);
    await composer(tab).fill('я'.repeat(15_999));
    await tab.sees('1 character left');
    await composer(tab).fill('я'.repeat(16_002));
    await tab.sees('2 characters too many');
    await composer(tab).press('Enter');
    expect(await messages(tab).count()).toBe(0);
    await composer(tab).fill('я'.repeat(16_000));
    await composer(tab).press('Enter');
    await eventually(async () => (await messages(tab).count()) === 1, 'the long message');
  });

  scenario('hear by the live region what arrives now, and not what was there before', async () => {
    const lobby = await roomOf([alice, bob], 'lobby aloud');
    await say(bob, lobby, 'from before');
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('from before', tab.page.locator('.history'));
    const region = tab.page.locator('[aria-live=polite][role=log]');
    expect(await region.textContent()).toBe('');
    await write(tab, 'my own');
    await bubble(tab, 'my own').getByText('Sent').waitFor({ state: 'attached' });
    expect(await region.textContent()).toBe('');
    await say(bob, lobby, 'spoken now');
    await eventually(async () => (await region.textContent()) === 'Борис Ivanov: spoken now', 'the words');
  });

  scenario('hide what a personally blocked person writes, and show it on demand', async () => {
    const lobby = await roomOf([alice, mallory], 'lobby hidden');
    await alice.http.put(`/accounts/me/personal-blocks/${mallory.id}`, {});
    await say(mallory, lobby, 'unwanted words');
    const tab = await inRoom(browsing, alice, lobby);
    await tab.sees('From somebody you have blocked', tab.page.locator('.history'));
    expect(await tab.page.getByText('unwanted words').count()).toBe(0);
    await tab.get('button', 'Show').click();
    await tab.sees('unwanted words');
    await alice.http.delete(`/accounts/me/personal-blocks/${mallory.id}`);
  });
});
