import { eventually } from '../support/expect.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios } from './browser.js';
import { bubble, composer, entry, inRoom, messages, roomOf, say, write } from './room-tab.js';

let w: World;
let browsing: Browsing;
let alice: Person;
let bob: Person;
let mod: Person;
let root: Person;
const scenario = scenarios(() => browsing);

async function block(person: Person, more: object): Promise<number> {
  const answer = await mod.http.post('/moderation/blocks', {
    accountId: person.id,
    mode: 'mute',
    scope: 'global',
    reason: 'Advertising',
    ...more,
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return (answer.body as { id: number }).id;
}

inBrowser('rooms and roles at the chat page', () => {
  beforeAll(async () => {
    w = await world();
    [alice, bob] = [await w.person('alice'), await w.person('bob')];
    mod = await w.person('mod', { role: 'moderator' });
    root = await w.person('root', { role: 'superuser' });
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  scenario('somebody enters an open room by its link', async () => {
    const garden = await roomOf([alice], 'garden', { preset: 'open' });
    await say(alice, garden, 'welcome');
    const his = await browsing.open(bob, { path: `/#/rooms/${garden}` });
    await his.get('button', 'Join the room').click();
    await composer(his).waitFor();
    await write(his, 'thank you');
    const hers = await inRoom(browsing, alice, garden);
    await hers.sees('thank you', hers.page.locator('.history'));
    await hers.sees('2 members');
  });

  scenario('a room with a password takes the right one only', async () => {
    const vault = await roomOf([alice], 'vault', { preset: 'open', password: 'open sesame' });
    const his = await browsing.open(bob, { path: `/#/rooms/${vault}` });
    await his.page.getByLabel('Password of the room').fill('open poppy');
    await his.get('button', 'Join the room').click();
    await his.sees('The password of the room is wrong.');
    await his.page.getByLabel('Password of the room').fill('open sesame');
    await his.get('button', 'Join the room').click();
    await composer(his).waitFor();
  });

  scenario('a full room says so', async () => {
    const small = await roomOf([alice], 'small', { preset: 'open', capacity: 1 });
    const his = await browsing.open(bob, { path: `/#/rooms/${small}` });
    await his.get('button', 'Join the room').click();
    await his.sees('The room is full.');
    const hers = await inRoom(browsing, alice, small);
    await hers.sees('1 of 1 members');
  });

  scenario('somebody leaves after a question, and the room is gone from the list', async () => {
    const lobby = await roomOf([alice, bob], 'a lobby to leave');
    const his = await inRoom(browsing, bob, lobby);
    await his.get('button', 'Actions on the room').click();
    await his.get('menuitem', 'Leave the room').click();
    await his.get('dialog').getByRole('button', { name: 'Leave' }).click();
    await eventually(async () => (await entry(his, 'a lobby to leave').count()) === 0, 'the room gone');
    const hers = await inRoom(browsing, alice, lobby);
    await hers.sees('1 member');
  });

  scenario('a superuser adds somebody and removes him again, who is told why the room is gone', async () => {
    const closed = await roomOf([root], 'closed circle', { preset: 'closed' });
    const hers = await inRoom(browsing, root, closed);
    const his = await browsing.open(bob);
    await hers.get('button', /^Members/).click();
    await hers.get('button', 'Add somebody').click();
    await hers.page.getByLabel('Find a person by name').fill('bob');
    await hers.get('dialog').getByRole('button', { name: /^bob/ }).click();
    await hers.get('button', 'Remove bob').waitFor();
    await entry(his, 'closed circle').click();
    await composer(his).waitFor();
    await hers.get('button', 'Remove bob').click();
    await hers.sees('bob will no longer read or write in this room.');
    await hers.get('button', 'Remove bob').click();
    await his.sees('Somebody who runs the room has removed you.');
    await say(root, closed, 'not for bob');
    expect(await entry(his, 'closed circle').count()).toBe(0);
    expect(await his.page.getByText('not for bob').count()).toBe(0);
  });

  scenario('a member of a closed room is offered neither adding nor removing', async () => {
    const closed = await roomOf([root, bob], 'closed to changes', { preset: 'closed' });
    const his = await inRoom(browsing, bob, closed);
    await his.get('button', /^Members/).click();
    await his.sees('owner');
    expect(await his.get('button', 'Add somebody').count()).toBe(0);
    expect(await his.get('button', 'Remove root').count()).toBe(0);
  });

  scenario('a deleted room says that it was deleted', async () => {
    const lobby = await roomOf([root, bob], 'a lobby to end', { preset: 'open' });
    const his = await inRoom(browsing, bob, lobby);
    await root.http.delete(`/rooms/${lobby}`);
    await his.sees('The room was deleted.');
  });

  scenario('who is muted reads what, why and until when, in words, and writes again when it is lifted', async () => {
    const lobby = await roomOf([alice, bob], 'lobby mute');
    const [hers, his] = [await inRoom(browsing, alice, lobby), await inRoom(browsing, bob, lobby)];
    const id = await block(bob, { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    await his.sees('A moderator has muted you.');
    await his.sees('Reason: Advertising');
    await his.sees(/^Until /);
    expect(await composer(his).count()).toBe(0);
    expect(await composer(hers).count()).toBe(1);
    await his.page.reload();
    await his.sees('A moderator has muted you.');
    await mod.http.delete(`/moderation/blocks/${id}`);
    await composer(his).waitFor();
    await write(his, 'sorry');
    await hers.sees('sorry');
  });

  scenario('a mute in one room leaves the others', async () => {
    const [one, two] = [await roomOf([alice, bob], 'muted here'), await roomOf([alice, bob], 'free here')];
    const id = await block(bob, { scope: one });
    const his = await browsing.open(bob, { path: `/#/rooms/${one}` });
    await his.sees('A moderator has muted you in this room.');
    await his.sees('Without an end date');
    await entry(his, 'free here').click();
    await composer(his).waitFor();
    expect(two).not.toBe(one);
    await mod.http.delete(`/moderation/blocks/${id}`);
  });

  scenario('who is blocked is shown out with the reason, and told it again at the door', async () => {
    const dave = await w.person('dave');
    const his = await browsing.open(dave);
    await his.sees('No rooms yet.');
    await block(dave, { mode: 'full', reason: 'Threats' });
    await his.sees('A moderator has blocked your account.');
    await his.sees('Reason: Threats');
    await his.sees('Without an end date');
    expect(await his.barriers()).toEqual([]);
    await his.get('button', 'Sign in again').click();
    await his.page.getByLabel('User name').fill('dave');
    await his.page.getByLabel('Password').fill(dave.password);
    await his.page.keyboard.press('Enter');
    await his.sees('Reason: Threats');
  });

  scenario('in a frozen room only moderators write, and the others are told so', async () => {
    const square = await roomOf([alice, bob], 'frozen square');
    await w.database.query('UPDATE rooms SET can_post = 4 WHERE id = $1', [square]);
    const his = await browsing.open(bob, { path: `/#/rooms/${square}` });
    await his.sees('Only moderators write here at the moment');
    expect(await composer(his).count()).toBe(0);
  });

  scenario('slow mode tells how long to wait, and sends what was written when it is time', async () => {
    const slow = await roomOf([alice, bob], 'slow lobby', { slowModeSeconds: 2 });
    const [hers, his] = [await inRoom(browsing, alice, slow), await inRoom(browsing, bob, slow)];
    await his.sees('Slow mode: one message in 2 seconds');
    await write(his, 'first');
    await hers.sees('first');
    await his.sees(/Your next message goes out in \d second/);
    await write(his, 'second');
    await bubble(his, 'second').getByText('Sending…').waitFor();
    await bubble(hers, 'second').waitFor();
    expect(await messages(hers).allTextContents()).toEqual(['first', 'second']);
    expect(await hers.page.getByText('Slow mode').count()).toBe(0);
  });

  scenario('a refused message stays as not sent, and can be sent again or discarded', async () => {
    const direct = ((await bob.http.put(`/direct/${alice.id}`, {})).body as { id: number }).id;
    const his = await inRoom(browsing, bob, direct);
    await bob.http.put(`/accounts/me/personal-blocks/${alice.id}`, {});
    await write(his, 'one');
    await his.sees('You have blocked this person.');
    await bob.http.delete(`/accounts/me/personal-blocks/${alice.id}`);
    await his.get('button', 'Send again').click();
    await bubble(his, 'one').getByText('Sent').waitFor({ state: 'attached' });
    await bob.http.put(`/accounts/me/personal-blocks/${alice.id}`, {});
    await write(his, 'two');
    await his.get('button', 'Discard').click();
    await eventually(async () => (await messages(his).allTextContents()).join() === 'one', 'the message gone');
    await his.page.reload();
    await bubble(his, 'one').waitFor();
    expect(await messages(his).allTextContents()).toEqual(['one']);
    await bob.http.delete(`/accounts/me/personal-blocks/${alice.id}`);
  });

  scenario('a message is reported with a reason, and its author hidden in the same breath', async () => {
    const lobby = await roomOf([alice, bob], 'lobby report');
    await say(bob, lobby, 'buy now');
    const hers = await inRoom(browsing, alice, lobby);
    await bubble(hers, 'buy now').hover();
    await hers.get('button', 'Report').click();
    expect(await hers.barriers()).toEqual([]);
    await hers.page.getByLabel('What is wrong?').selectOption({ label: 'Spam' });
    await hers.page.getByLabel('What should the moderators know?').fill('The third today');
    await hers.page.getByLabel('Block bob').check();
    await hers.get('dialog').getByRole('button', { name: 'Report' }).click();
    await hers.sees('Thank you. The moderators will look at it.');
    const cases = (await mod.http.get('/moderation/reports')).body as { items: object[] };
    expect(cases.items).toEqual([expect.objectContaining({ reportCount: 1 })]);
    await hers.page.reload();
    await hers.sees('From somebody you have blocked');
    await alice.http.delete(`/accounts/me/personal-blocks/${bob.id}`);
  });

  scenario('a moderator deletes the message of another, who is told nothing but the place left', async () => {
    const square = await roomOf([alice, bob, mod], 'moderated square', { preset: 'open' });
    await say(bob, square, 'rude words');
    const [his, hers] = [await inRoom(browsing, mod, square), await inRoom(browsing, alice, square)];
    await bubble(hers, 'rude words').hover();
    expect(await hers.get('button', 'Delete').count()).toBe(0);
    await bubble(his, 'rude words').hover();
    await his.get('button', 'Delete').click();
    await his.get('dialog').getByRole('button', { name: 'Delete' }).click();
    await hers.sees('Message deleted', hers.page.locator('.history'));
  });

  scenario('devices are listed and one of them is signed out from here, which says so', async () => {
    const erin = await w.person('erin');
    const [desk, phone] = [await browsing.open(erin), await browsing.open(erin)];
    await phone.sees('No rooms yet.');
    await desk.get('button', 'erin').click();
    await desk.get('menuitem', 'Settings').click();
    await desk.sees('this device');
    expect(await desk.barriers()).toEqual([]);
    const ends = desk.get('button', /^End the session/);
    for (let left = await ends.count(); left > 0; left--) {
      await ends.first().click();
      await eventually(async () => (await ends.count()) < left, 'one session less');
    }
    await phone.sees('This session was ended, here or on another device.');
    await desk.sees('this device');
  });

  scenario('the password is changed, and other devices are told', async () => {
    const frank = await w.person('frank');
    const [desk, phone] = [await browsing.open(frank), await browsing.open(frank)];
    await phone.sees('No rooms yet.');
    await desk.get('button', 'frank').click();
    await desk.get('menuitem', 'Settings').click();
    await desk.page.getByLabel('Current password').fill('not this one');
    await desk.page.getByLabel('New password').fill('a brand new one');
    await desk.get('button', 'Change the password').click();
    await desk.sees('The current password is wrong.');
    await desk.page.getByLabel('Current password').fill(frank.password);
    await desk.get('button', 'Change the password').click();
    await desk.sees('The password is changed.');
    await phone.sees('The password was changed on another device.');
    expect((await w.signIn('frank', 'a brand new one')).access_token).toBeTruthy();
  });

  scenario('a personal block is lifted in the settings', async () => {
    await alice.http.put(`/accounts/me/personal-blocks/${bob.id}`, {});
    const tab = await browsing.open(alice);
    await tab.get('button', 'alice').click();
    await tab.get('menuitem', 'Settings').click();
    await tab.get('button', 'Lift the block of bob').click();
    await tab.sees('You have blocked nobody.');
  });

  scenario('signing out leaves nothing of one person for the next on the device', async () => {
    const lobby = await roomOf([alice, bob], 'lobby of alice');
    const tab = await inRoom(browsing, alice, lobby);
    await composer(tab).fill('my secret draft');
    await tab.get('button', 'alice').click();
    await tab.get('menuitem', 'Sign out').click();
    await tab.get('button', 'Sign in').waitFor();
    await tab.page.getByLabel('User name').fill(bob.username);
    await tab.page.getByLabel('Password').fill(bob.password);
    await tab.page.keyboard.press('Enter');
    await composer(tab).waitFor();
    expect(await composer(tab).inputValue()).toBe('');
    expect(await tab.page.getByText('my secret draft').count()).toBe(0);
  });
});
