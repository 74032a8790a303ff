import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SetupLinks } from '../../src/accounts/setup-links.service.js';
import { type Person, world, type World } from '../support/world.js';
import { Browsing, inBrowser, scenarios } from './browser.js';

let w: World;
let browsing: Browsing;
let alice: Person;
const scenario = scenarios(() => browsing);
const BUILT = join(__dirname, '../../dist/web');

inBrowser('the pages', () => {
  beforeAll(async () => {
    w = await world();
    alice = await w.person('alice');
    browsing = await Browsing.over(w);
  });
  afterAll(async () => {
    await browsing?.close();
    await w?.close();
  });

  it('are asked about each time, and what they load is kept for ever', async () => {
    const page = await fetch(w.origin);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain(`default-src 'self'`);
    expect(policy).toContain(`require-trusted-types-for 'script'`);
    expect(policy).not.toContain('unsafe');
    const again = await fetch(w.origin, { headers: { 'if-none-match': page.headers.get('etag')! } });
    expect(again.status).toBe(304);
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style| on\w+=| style=/);
    for (const [, path] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
      const asset = await fetch(w.origin + path);
      expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    }
    expect((await fetch(`${w.origin}/assets/../index.html`)).status).toBe(404);
    expect((await fetch(`${w.origin}/assets/none.js`)).status).toBe(404);
  });

  it('are small: the chat page has at most 60 KB of script, zipped', () => {
    const html = readFileSync(join(BUILT, 'index.html'), 'utf8');
    const scripts = new Set([...html.matchAll(/"\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path!));
    const bytes = [...scripts].reduce((sum, path) => sum + gzipSync(readFileSync(join(BUILT, path))).length, 0);
    process.stdout.write(`chat page: ${(bytes / 1024).toFixed(1)} KB of script, zipped, in ${scripts.size} files\n`);
    expect(scripts.size).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(60 * 1024);
    expect(readdirSync(join(BUILT, 'assets')).length).toBeGreaterThan(0);
  });

  scenario('greet somebody new, who registers and is in', async () => {
    const tab = await browsing.open();
    await tab.get('button', 'New here? Create an account').click();
    await tab.page.getByLabel('User name').fill('carol');
    await tab.page.getByLabel('Password').fill('carol: long enough');
    await tab.get('button', 'Create account').last().click();
    await tab.get('button', 'carol').waitFor();
  });

  scenario('say in words why signing in was refused, and keep nothing of it', async () => {
    const tab = await browsing.open();
    await tab.page.getByLabel('User name').fill(alice.username);
    await tab.page.getByLabel('Password').fill('a wrong one');
    await tab.page.keyboard.press('Enter');
    await tab.sees('The user name or the password is wrong.');
    expect(await tab.barriers()).toEqual([]);
    await tab.page.getByLabel('Password').fill(alice.password);
    await tab.page.keyboard.press('Enter');
    await tab.get('button', 'alice').waitFor();
  });

  scenario('speak Russian to those whose browser does, and as chosen afterwards', async () => {
    const tab = await browsing.open(undefined, { locale: 'ru-RU', colorScheme: 'dark' });
    await tab.sees('Войти');
    expect(await tab.barriers()).toEqual([]);
    await tab.get('button', 'English').click();
    await tab.get('button', 'Sign in').waitFor();
    await tab.page.reload();
    await tab.get('button', 'Sign in').waitFor();
    expect(await tab.page.evaluate('document.documentElement.lang')).toBe('en');
  });

  scenario('lead from the one-time link to the first superuser, to the chat and to the console', async () => {
    const secret = await w.app.get(SetupLinks).create();
    const tab = await browsing.open(undefined, { path: `/setup#${secret}` });
    await tab.page.getByLabel('User name').fill('root');
    await tab.page.getByLabel('Password').fill('root: long enough');
    await tab.get('button', 'Make superuser').click();
    await tab.get('link', 'Open the chat').click();
    await tab.page.getByLabel('User name').fill('root');
    await tab.page.getByLabel('Password').fill('root: long enough');
    await tab.page.keyboard.press('Enter');
    await tab.get('button', 'root').click();
    await tab.get('menuitem', 'Moderation').click();
    await tab.get('heading', 'Moderation').waitFor();
  });

  scenario('keep the console to moderators', async () => {
    const mod = await w.person('mod', { role: 'moderator' });
    const hers = await browsing.open(alice, { path: '/console' });
    await hers.sees('The console is for moderators and superusers.');
    expect(await hers.barriers()).toEqual([]);
    const his = await browsing.open(mod, { path: '/console' });
    await his.get('heading', 'Moderation').waitFor();
    expect(await his.barriers()).toEqual([]);
  });
});
