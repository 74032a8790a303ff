import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SCOPES } from '../../src/accounts/takes-key.decorator.js';
import { type World, world } from '../support/world.js';

/** The guides say what is so: their samples run, what they promise has its test, and their links lead somewhere. */

const run = promisify(execFile);
const FOLDER = 'docs/guides';
/** Guides whose samples have tests of their own, because they need a browser, a receiver or data of another server. */
const ELSEWHERE = /^(embed|webhooks|coming-from-.*)$/;
const GUIDES = readdirSync(FOLDER)
  .map((file) => file.replace(/\.md$/, ''))
  .sort();

const textOf = (guide: string) => readFileSync(join(FOLDER, `${guide}.md`), 'utf8');

interface Sample {
  kind: string;
  shows: string | undefined;
  code: string;
}

function samplesOf(guide: string): Sample[] {
  const found = textOf(guide).matchAll(/<!-- run: (\w+)(?:, shows: (.+?))? -->\n+```\w+\n([^]*?)```/g);
  return [...found].map(([, kind, shows, code]) => ({ kind: kind!, shows, code: code! }));
}

describe('the samples of a guide', () => {
  let w: World;
  let directory: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    w = await world();
    directory = mkdtempSync(join(tmpdir(), 'besedka-guides-'));
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
    const [alice, bob, mod, root] = [
      await w.person('alice'),
      await w.person('bob'),
      await w.person('mod', { role: 'moderator' }),
      await w.person('root', { role: 'superuser' }),
    ];
    const key = (await root.http.post('/integrations/keys', { name: 'shop', scopes: SCOPES })).body.key as string;
    const room = (await alice.http.post('/rooms', { name: 'lobby', preset: 'private' })).body.id as number;
    const [TOKEN, MOD, ROOM, BOB] = [alice.token, mod.token, String(room), String(bob.id)];
    environment = { API: `${w.origin}/api/v1`, TOKEN, MOD, KEY: key, ROOM, BOB };
  });
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true });
    await w.close();
  });

  const execute = async ({ kind, code }: Sample): Promise<string> => {
    const env = { PATH: process.env.PATH, ...environment };
    const [program, args] =
      kind === 'node'
        ? [process.execPath, ['--input-type=module', '--eval', code]]
        : ['bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-c', code]];
    const { stdout, stderr } = await run(program, args, { cwd: directory, env, timeout: 20_000 });
    expect(stderr).toBe('');
    return stdout;
  };

  it.each(GUIDES.filter((guide) => !ELSEWHERE.test(guide) && samplesOf(guide).length > 0))('%s run', async (guide) => {
    for (const sample of samplesOf(guide)) {
      const output = await execute(sample);
      if (sample.shows !== undefined) expect(output.toLowerCase()).toContain(sample.shows.toLowerCase());
      else expect(output).not.toMatch(/"code":|not found/);
      expect(output).not.toBe('');
    }
  });

  it('do what they say', async () => {
    const told = await execute(samplesOf('realtime')[0]!);
    expect(told).toMatch(/^stored as \d+$/m);
    const people = await w.database.query(
      `SELECT external_id FROM accounts WHERE external_id LIKE 'customer-%' ORDER BY external_id`,
    );
    expect(people.map((row) => row.external_id)).toEqual(['customer-1', 'customer-2', 'customer-4711']);
    const tea = await w.database.query(`SELECT 1 FROM rooms WHERE name = 'tea room'`);
    expect(tea).toHaveLength(1);
  });

  it('are all of the kinds that are run', () => {
    for (const guide of GUIDES.filter((one) => !ELSEWHERE.test(one))) {
      const written = [...textOf(guide).matchAll(/^```(?:sh|js)$/gm)].length;
      expect([guide, samplesOf(guide).length]).toEqual([guide, written]);
    }
  });

  it('are served as pages that run nothing and load nothing, with links that lead to pages', async () => {
    const list = await w.http.get('/docs/guides');
    for (const guide of GUIDES.filter((one) => one !== 'README')) {
      const page = await w.http.get(`/docs/guides/${guide}`);
      expect([guide, page.status, page.headers.get('content-type')]).toEqual([guide, 200, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/);
      expect(page.text).not.toMatch(/<script|&lt;!--|\son\w+=|javascript:/i);
      expect(list.text).toContain(`href="/docs/guides/${guide}"`);
      expect(page.text).toContain(`<h1>`);
    }
    const pages = await Promise.all(
      GUIDES.filter((one) => !ELSEWHERE.test(one)).map((one) =>
        w.http.get(`/docs/guides${one === 'README' ? '' : `/${one}`}`),
      ),
    );
    const llms = await (await fetch(`${w.origin}/llms.txt`)).text();
    const links = [
      ...pages.flatMap(({ text }) => [...text.matchAll(/href="([^"#]+)"/g)].map(([, address]) => address!)),
      ...[...llms.matchAll(/\]\((\/[^)]*)\)/g)].map(([, address]) => address!),
    ];
    expect(links.length).toBeGreaterThan(20);
    const missing: string[] = [];
    for (const link of new Set(links)) {
      const { pathname } = new URL(link, `${w.origin}/docs/guides/`);
      const { status } = await fetch(w.origin + pathname, { redirect: 'manual' });
      if (status !== 200) missing.push(`${link} ${status}`);
    }
    expect(missing).toEqual([]);
    expect((await w.http.get('/docs')).text).toContain('/guides"');
    for (const path of [
      '/docs/guides/README',
      '/docs/guides/nothing',
      '/docs/guides/..%2f..%2fpackage',
      '/docs/guides/A',
    ])
      expect([path, (await fetch(w.origin + path)).status]).toEqual([path, 404]);
  });

  it('name calls that there are', async () => {
    const { paths } = (await w.http.get('/docs/openapi.json')).body as { paths: Record<string, object> };
    const texts = [
      ...GUIDES.filter((one) => !ELSEWHERE.test(one)).map(textOf),
      await fetch(`${w.origin}/llms.txt`).then((answer) => answer.text()),
    ];
    const calls = texts.flatMap((text) => [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/api\/v1\/[\w/{}-]+)/g)]);
    expect(calls.length).toBeGreaterThan(15);
    for (const [call, method, path] of calls)
      expect([call, Object.keys(paths[path!] ?? {}).includes(method!.toLowerCase())]).toEqual([call, true]);
  });
});

describe('the promises of the guide on sockets', () => {
  it('have each a test that there is', () => {
    const promises = textOf('realtime').split('## What is promised')[1]!.split('\n## ')[0]!;
    const paragraphs = promises.split('\n\n').slice(2);
    const proofs = [...promises.matchAll(/^- proof: `(.+?)`: (.+)$/gm)];
    expect(proofs.length).toBeGreaterThan(10);
    for (const [, file, name] of proofs) {
      const names = [...readFileSync(file!, 'utf8').matchAll(/\bit(?:\.each\(.*?\))?\(\s*(['"`])(.*?)\1,/g)].map(
        ([, , one]) => one,
      );
      expect({ file, names }).toEqual({ file, names: expect.arrayContaining([name]) as string[] });
    }
    // A promise is followed by what proves it.
    paragraphs.forEach((paragraph, index) => {
      if (!paragraph.startsWith('- proof:'))
        expect([paragraph, paragraphs[index + 1]?.slice(0, 8)]).toEqual([paragraph, '- proof:']);
    });
  });
});
