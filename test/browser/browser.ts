import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { eventually } from '../support/expect.js';
import type { Person, World } from '../support/world.js';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const MOST_CLOSING_MS = 5_000;
/** Pictures of scenarios that went wrong; not kept in the repository. */
const PICTURES = join(__dirname, '../../.browser');

const there = existsSync(CHROMIUM);
if (!there) process.stderr.write(`\n=== NO Chromium at ${CHROMIUM}: nothing in a browser was tested ===\n`);

/** `describe`, where there is a browser; elsewhere the scenarios count as skipped. */
export const inBrowser: jest.Describe = there ? describe : describe.skip;

export interface TabOptions extends BrowserContextOptions {
  /** Another address than that of the world, such as a proxy before it. */
  origin?: string;
  /** Further origins that the page may ask, such as the service where the page is somebody else's. */
  others?: string[];
  /** Console errors that belong to the scenario, such as those of a cut connection. */
  allowed?: RegExp;
  path?: string;
}

/** One page of one person, in a browser profile of its own, that writes down whatever a page of ours must not do. */
export class Tab {
  readonly faults: string[] = [];

  constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    readonly origin: string,
    public allowed: RegExp | undefined,
    others: string[] = [],
  ) {
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // A refusal by the API is an answer as any other.
      if (/status of 4\d\d/.test(text) && message.location().url.includes('/api/')) return;
      if (!this.allowed?.test(text)) this.faults.push(`${message.type()}: ${text} (${message.location().url})`);
    });
    page.on('pageerror', (error) => void this.faults.push(`error: ${error.stack ?? error.message}`));
    page.on('request', (request) => {
      const url = request.url();
      if (![origin, ...others].some((one) => url.startsWith(`${one}/`)) && !/^(data|blob):/.test(url))
        this.faults.push(`foreign request: ${url}`);
    });
  }

  /** The element with this role and name. */
  get(role: Parameters<Page['getByRole']>[0], name?: string | RegExp): Locator {
    return this.page.getByRole(role, name === undefined ? {} : { name, exact: typeof name === 'string' });
  }

  /** Waits until this text is to be seen. */
  async sees(text: string | RegExp, within?: Locator): Promise<void> {
    await (within ?? this.page).getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Waits until this text is to be seen no more. */
  async seesNoMore(text: string | RegExp): Promise<void> {
    await eventually(
      async () => (await this.page.getByText(text).filter({ visible: true }).count()) === 0,
      `${text} to go`,
      15_000,
    );
  }

  /** What axe finds against WCAG 2.2 AA, in words. */
  async barriers(): Promise<string[]> {
    const { source } = require('axe-core') as { source: string };
    await this.page.evaluate(source);
    return this.page.evaluate(`
      axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`);
  }

  /** Whether the page is wider than its window. */
  overflows(): Promise<boolean> {
    return this.page.evaluate('document.documentElement.scrollWidth > innerWidth');
  }

  async picture(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    await this.page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }
}

/** A browser for a test file. Call `close` at its end. */
export class Browsing {
  private readonly tabs: Tab[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly world: World,
  ) {}

  static async over(world: World): Promise<Browsing> {
    return new Browsing(await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS }), world);
  }

  /** A page of this person, signed in by a session of its own; without one a page of nobody. */
  async open(person?: Pick<Person, 'username' | 'password'>, options: TabOptions = {}): Promise<Tab> {
    const { origin = this.world.origin, others, allowed, path = '/', ...context } = options;
    const localStorage = [];
    if (person) {
      const pair = await this.world.signIn(person.username, person.password);
      const kept = { accessToken: pair.access_token, refreshToken: pair.refresh_token };
      localStorage.push({ name: 'besedka:tokens', value: JSON.stringify(kept) });
    }
    const profile = await this.browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1100, height: 760 },
      storageState: { cookies: [], origins: [{ origin, localStorage }] },
      ...context,
    });
    profile.setDefaultTimeout(15_000);
    const tab = new Tab(await profile.newPage(), profile, origin, allowed, others);
    this.tabs.push(tab);
    await tab.page.goto(origin + path);
    return tab;
  }

  /** Runs one scenario and closes its pages; it fails when one of them did what no page of ours may do: an error, a breach of its policy, a request elsewhere. */
  async during(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      expect(this.tabs.flatMap((tab) => tab.faults)).toEqual([]);
    } catch (error) {
      const file = name.replaceAll(/[^\w]+/g, '-').slice(0, 80);
      for (const [index, tab] of this.tabs.entries()) await tab.picture(`${file}-${index}`).catch(() => undefined);
      throw error;
    } finally {
      // The browser sometimes does not close a page that is on its way to another; all of them end with it.
      const closed = this.tabs.splice(0).map((tab) => tab.context.close());
      await Promise.race([Promise.all(closed), sleep(MOST_CLOSING_MS, undefined, { ref: false })]);
    }
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

/** `it` for what people do in a browser: `browsing` is asked for when the scenario begins. */
export function scenarios(browsing: () => Browsing): (name: string, work: () => Promise<void>) => void {
  return (name, work) => it(name, () => browsing().during(name, work));
}
