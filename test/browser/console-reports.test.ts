import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '../support/expect.js';
import { inBrowser, scenarios, type Tab } from './browser.js';
import { ConsoleScene } from './console-scene.js';

const BUILT = join(__dirname, '../../dist/web');

let s: ConsoleScene;
const scenario = scenarios(() => s.browsing);
const choose = (tab: Tab, text: string) => tab.page.locator('.queue').getByText(text).click();
const focused = (tab: Tab) => tab.page.evaluate('document.activeElement.textContent');
const heading = (tab: Tab, caseId: number) => tab.get('heading', new RegExp(`Case ${caseId}\\b`)).waitFor();

inBrowser('the queue of reports', () => {
  beforeAll(async () => {
    s = await ConsoleScene.open();
  });
  afterEach(() => s.clear());
  afterAll(() => s?.close());

  it('needs at most 70 KB of script beyond the chat page, zipped', () => {
    const scripts = (page: string) =>
      [...readFileSync(join(BUILT, page), 'utf8').matchAll(/"\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path!);
    const shared = new Set(scripts('index.html'));
    const own = [...new Set(scripts('console/index.html'))].filter((path) => !shared.has(path));
    const bytes = own.reduce((sum, path) => sum + gzipSync(readFileSync(join(BUILT, path))).length, 0);
    process.stdout.write(`console: ${(bytes / 1024).toFixed(1)} KB of script of its own, zipped\n`);
    expect(own.length).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(70 * 1024);
  });

  scenario('shows what waits, with what stands around it and what is known of its author', async () => {
    const { text } = await s.reported();
    const tab = await s.console('mod');
    await choose(tab, text);
    await tab.sees('Good morning, all');
    await tab.sees('Reading this is recorded in the audit log.');
    await tab.sees('What is known of mallory');
    await tab.picture('console-reports');
    expect(await tab.barriers()).toEqual([]);
  });

  scenario('is without barriers in the dark, and empty', async () => {
    const dark = await s.console('mod', 'reports', { colorScheme: 'dark' });
    await dark.sees('Nothing waits for a decision.');
    expect(await dark.barriers()).toEqual([]);
    const { text } = await s.reported();
    await choose(dark, text);
    await dark.sees('What is known of mallory');
    await dark.picture('console-reports-dark');
    expect(await dark.barriers()).toEqual([]);
  });

  scenario('is walked and decided by the keyboard alone', async () => {
    const [first, second] = [await s.reported(), await s.reported()];
    const tab = await s.console('mod');
    await tab.sees(second.text);
    await tab.page.keyboard.press('j');
    await heading(tab, first.caseId);
    await tab.page.keyboard.press('j');
    await heading(tab, second.caseId);
    await tab.page.keyboard.press('k');
    await heading(tab, first.caseId);
    await tab.get('button', /Dismiss/).waitFor();
    await tab.page.keyboard.press('d');
    await tab.sees(`Case ${first.caseId} is about to be dismissed.`);
    await heading(tab, second.caseId);
    await tab.get('button', 'Now').click();
    await s.decidedAs(first.caseId, 'dismiss');
    expect((await s.caseOf(second.caseId)).state).toBe('open');
  });

  scenario('sends a decision after ten seconds, and not before', async () => {
    const { caseId } = await s.reported();
    const tab = await s.console('mod');
    await tab.page.clock.install();
    await tab.page.goto(`${s.w.origin}/console#/reports/${caseId}`);
    await tab.page.reload();
    await tab.get('button', /Mute for a day/).click();
    await tab.sees(`Mute: case ${caseId}, mallory.`);
    await eventually(async () => (await s.caseOf(caseId)).claim?.by.username === 'mod', 'the case to be claimed');
    await tab.page.clock.fastForward(9_000);
    await s.reported();
    expect(await tab.page.locator('.undo').count()).toBe(1);
    expect((await s.caseOf(caseId)).decision).toBeNull();
    await tab.page.clock.fastForward(1_500);
    await s.decidedAs(caseId, 'mute');
    const { decision } = await s.caseOf(caseId);
    expect(decision).toMatchObject({ reason: 'Spam', by: { username: 'mod' } });
  });

  scenario('takes a decision back while it waits, and the case is there again', async () => {
    const { caseId, text } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`);
    await tab.get('button', /Block for 7 days/).waitFor();
    await tab.page.keyboard.press('b');
    await tab.sees(`Block: case ${caseId}, mallory.`);
    await eventually(async () => (await s.caseOf(caseId)).claim?.by.username === 'mod', 'the case to be claimed');
    await tab.page.keyboard.press('u');
    await tab.sees(`Undone: case ${caseId} waits again.`);
    await tab.sees(text, tab.page.locator('.queue'));
    await eventually(async () => (await s.caseOf(caseId)).claim === null, 'the claim to be given up');
    expect((await s.caseOf(caseId)).state).toBe('open');
  });

  scenario('deletes the message with the reason that was written', async () => {
    const { caseId, messageId } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`);
    await tab.page.getByLabel('Reason').fill('Not in the lobby');
    await tab.get('button', /Delete message/).click();
    await tab.get('button', 'Now').click();
    await s.decidedAs(caseId, 'delete_message');
    expect((await s.caseOf(caseId)).decision).toMatchObject({ reason: 'Not in the lobby' });
    const { body } = await s.people.alice.http.get(`/rooms/${s.lobby}/messages/${messageId}`);
    expect(body).toMatchObject({ text: '' });
  });

  scenario('blocks on terms that were chosen, and the focus returns when they were not', async () => {
    const { caseId } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`);
    const other = tab.get('button', 'Other terms…');
    await other.click();
    await tab.get('dialog', 'Block mallory').waitFor();
    await tab.page.keyboard.press('Escape');
    await eventually(async () => (await focused(tab)) === 'Other terms…', 'the focus to return');
    await other.click();
    await tab.page.getByLabel('Read only').check();
    await tab.page.getByLabel('How long').selectOption('1 hour');
    await tab.sees('mallory can only read, leave rooms and delete own messages.');
    expect(await tab.barriers()).toEqual([]);
    await tab.get('button', 'Block').click();
    await tab.get('button', 'Now').click();
    await s.decidedAs(caseId, 'block');
    const { body } = await s.people.root.http.get(`/moderation/blocks?accountId=${s.people.mallory.id}&active=true`);
    expect(body).toMatchObject({ items: [{ mode: 'read_only', scope: 'global' }] });
  });

  scenario('tells two moderators who deals with a case, and who was first', async () => {
    const { caseId, text } = await s.reported();
    const [his, hers] = [await s.console('mod', `reports/${caseId}`), await s.console('mona', `reports/${caseId}`)];
    await his.get('button', /^Claim/).click();
    await his.sees('You deal with it');
    await hers.sees('mod deals with it');
    await hers.get('button', /Take over/).waitFor();
    await hers.get('button', /Delete message/).click();
    await hers.sees(`Delete message: case ${caseId}`);
    await his.get('button', /Dismiss/).click();
    await his.get('button', 'Now').click();
    await s.decidedAs(caseId, 'dismiss');
    await hers.get('button', 'Now').click();
    await hers.sees('mod has decided this case already: Dismiss. Nothing of yours was done.');
    expect((await s.caseOf(caseId)).decision).toMatchObject({ action: 'dismiss', by: { username: 'mod' } });
    await hers.seesNoMore(text);
  });

  scenario('shows new reports by itself, and only those that are asked for', async () => {
    const tab = await s.console('mod');
    await tab.sees('Nothing waits for a decision.');
    const { text } = await s.reported();
    await tab.sees(text);
    await tab.page.getByLabel('About').selectOption('Room');
    await tab.sees('No case is like this.');
    await tab.page.getByLabel('About').selectOption('Message');
    await tab.sees(text);
    await tab.page.getByLabel('State').selectOption('Decided');
    await eventually(async () => (await tab.page.locator('.queue').getByText(text).count()) === 0, 'it to go');
  });

  scenario('leaves single keys alone once they are turned off', async () => {
    const { caseId } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`);
    await tab.get('button', /Dismiss/).waitFor();
    await tab.page.keyboard.press('Shift+?');
    await tab.get('dialog', 'Keys').waitFor();
    expect(await tab.barriers()).toEqual([]);
    await tab.get('dialog', 'Keys').getByLabel('Decide by single keys').uncheck();
    await tab.page.keyboard.press('Escape');
    await tab.page.keyboard.press('d');
    await tab.page.keyboard.press('j');
    expect(await tab.page.locator('.undo').count()).toBe(0);
    await tab.page.reload();
    await tab.get('button', 'Keys').click();
    expect(await tab.page.getByLabel('Decide by single keys').isChecked()).toBe(false);
  });

  scenario('does not take what is written in a field for a key', async () => {
    const { caseId } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`);
    await tab.page.getByLabel('Reason').fill('');
    await tab.page.getByLabel('Reason').pressSequentially('bdm');
    expect(await tab.page.getByLabel('Reason').inputValue()).toBe('bdm');
    expect(await tab.page.locator('.undo').count()).toBe(0);
  });

  scenario('speaks Russian, and its keys work on a Russian keyboard', async () => {
    const { caseId } = await s.reported();
    const tab = await s.console('mod', `reports/${caseId}`, { locale: 'ru-RU' });
    await tab.get('button', /Отклонить/).waitFor();
    await tab.sees('Что известно: mallory');
    await tab.picture('console-reports-ru');
    expect(await tab.barriers()).toEqual([]);
    await tab.page.evaluate(
      `document.dispatchEvent(new KeyboardEvent('keydown', { key: 'в', code: 'KeyD', bubbles: true }))`,
    );
    await tab.sees(`Дело ${caseId} будет отклонено.`);
    await tab.get('button', 'Сейчас').click();
    await s.decidedAs(caseId, 'dismiss');
  });

  scenario('fits a phone, a page enlarged to twice its size, and forced colours', async () => {
    const { caseId, text } = await s.reported(`${'Verylongword'.repeat(12)} tea`);
    const phone = await s.console('mod', 'reports', { viewport: { width: 320, height: 640 }, hasTouch: true });
    await phone.sees(text);
    expect(await phone.overflows()).toBe(false);
    await choose(phone, text);
    await phone.get('link', 'Back to the list').waitFor();
    await phone.sees('What is known of mallory');
    await phone.picture('console-reports-phone');
    expect(await phone.overflows()).toBe(false);
    expect(await phone.barriers()).toEqual([]);
    await phone.get('link', 'Back to the list').click();
    await phone.page.locator('.queue').getByText(text).waitFor();
    const forced = await s.console('mod', `reports/${caseId}`, {
      viewport: { width: 640, height: 400 },
      forcedColors: 'active',
      reducedMotion: 'reduce',
    });
    await forced.sees('What is known of mallory');
    expect(await forced.overflows()).toBe(false);
    expect(await forced.barriers()).toEqual([]);
  });
});
