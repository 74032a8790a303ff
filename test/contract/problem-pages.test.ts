import { createHash } from 'node:crypto';
import { isRetryable, problemText } from '../../src/platform/problem-texts.js';
import { PROBLEMS, type ProblemCode } from '../../src/platform/problems.js';
import { world, type World } from '../support/world.js';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

let w: World;
beforeAll(async () => {
  w = await world();
});
afterAll(() => w?.close());

const plain = (html: string) =>
  html
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
const unquoted = (text: string) => text.replaceAll('`', '');

describe.each(['en', 'ru'] as const)('the page of every problem in %s', (language) => {
  it('says what happened, why, what to do, the status and how the answer looks', async () => {
    expect(CODES.length).toBeGreaterThan(40);
    for (const code of CODES) {
      const page = await w.http.get(`/problems/${code}?lang=${language}`);
      expect([code, page.status, page.headers.get('content-type')]).toEqual([code, 200, 'text/html; charset=utf-8']);
      expect(page.text).toContain(`<html lang="${language}">`);
      const said = plain(page.text);
      const { title, why, remedy } = problemText(code, language);
      for (const part of [title, why, remedy].map(unquoted)) expect(said).toContain(part);
      expect(said).toContain(code);
      expect(said).toContain(String(PROBLEMS[code][0]));
      expect(said).toContain(`"type": "/problems/${code}"`);
      expect(said.includes('"retryAfter"')).toBe(isRetryable(code));
    }
  });

  it('is reached from the index', async () => {
    const index = await w.http.get(`/problems?lang=${language}`);
    expect(index.status).toBe(200);
    const links = [...index.text.matchAll(/href="(\/problems\/[^"?]+\?lang=\w+)"/g)].map(([, link]) => link);
    expect(links).toEqual(CODES.map((code) => `/problems/${code}?lang=${language}`));
  });
});

it('writes every Russian text in Russian and none twice', () => {
  for (const code of CODES) {
    const { title, why, remedy } = problemText(code, 'ru');
    for (const text of [title, why, remedy]) expect([code, /[а-яё]{3}/i.test(text)]).toEqual([code, true]);
  }
  for (const language of ['en', 'ru'] as const) {
    const titles = CODES.map((code) => problemText(code, language).title);
    expect(new Set(titles).size).toBe(titles.length);
  }
});

it('says that one may try again only of what can pass by itself', () => {
  for (const code of CODES) {
    const mayPass = [408, 429, 503].includes(PROBLEMS[code][0]) || code === 'idempotency/in-progress';
    if (code !== 'socket/too-many') expect([code, isRetryable(code)]).toEqual([code, mayPass]);
  }
});

describe('the language of a page', () => {
  it.each([
    ['ru', '', 'ru'],
    ['ru-RU,ru;q=0.9,en;q=0.8', '', 'ru'],
    ['de, ru;q=0.5, en;q=0.4', '', 'ru'],
    ['en;q=0.4, ru;q=0.5', '', 'ru'],
    ['en;q=0.4, ru;q=0', '', 'en'],
    ['de', '', 'en'],
    ['', '', 'en'],
    ['ru', '?lang=en', 'en'],
    ['en', '?lang=ru', 'ru'],
    ['en', '?lang=<script>', 'en'],
    ['en', '?lang=ru&lang=ru', 'en'],
    ['ru;q=nonsense', '', 'en'],
  ])('for Accept-Language %p and %p is %s', async (accepted, query, language) => {
    const page = await w.http.get(`/problems/room/full${query}`, { headers: { 'accept-language': accepted } });
    expect(page.text).toContain(`<html lang="${language}">`);
    expect(page.headers.get('vary')).toBe('accept-language');
  });
});

it('runs no script and loads nothing', async () => {
  for (const path of ['/problems', '/problems/room/full', '/problems/no/such']) {
    const page = await w.http.get(path);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page.text)![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(page.text).not.toMatch(/<script|<img|<link|https?:|\son\w+=|\sstyle=/);
  }
});

it.each(['no/such', 'room/fulll', 'constructor/prototype', '__proto__/x', '%3Cscript%3E/x', 'room/%00'])(
  'has a page with 404 for the unknown code %s, which it does not repeat',
  async (code) => {
    const page = await w.http.get(`/problems/${code}?lang=ru`);
    expect(page.status).toBe(404);
    expect(page.text).toContain('Такой проблемы нет');
    expect(page.text).not.toContain(decodeURIComponent(code));
  },
);

it('is where the type of a refusal leads', async () => {
  const refusal = await w.http.get('/rooms');
  expect(refusal.body.type).toBe('/problems/auth/required');
  const page = await w.http.get(refusal.body.type as string);
  expect(plain(page.text)).toContain(refusal.body.title);
});
