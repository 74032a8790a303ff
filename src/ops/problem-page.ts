import { createHash } from 'node:crypto';
import { isRetryable, type Language, problemText } from '../platform/problem-texts.js';
import { codesOfAll, REQUEST_ID } from './problem-schema.js';
import { PROBLEMS, Problem, type ProblemCode, viewOfProblem } from '../platform/problems.js';

/** The style sheet that PAGE_POLICY lets through. */
export const PAGE_STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2rem 1rem }
header, footer { display: flex; gap: 1rem; justify-content: space-between }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: .25rem }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem }
p { margin: .25rem 0 }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8888; border-radius: .4rem }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .3rem .5rem .3rem 0; border-bottom: 1px solid #8884 }
`;

/** Nothing is loaded and nothing runs: the page is text and its one style sheet. */
export const PAGE_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

const WORDS = {
  en: {
    index: 'Problems',
    intro: 'Every refusal of the service carries one of these codes. A code is never renamed.',
    what: 'What happened',
    why: 'Why',
    remedy: 'What to do',
    status: 'HTTP status',
    retry: 'Try again?',
    yes: 'Yes: the same request may succeed later.',
    no: 'No: the same request will be refused again.',
    shape: 'The answer',
    shapeNote: 'Sockets get the same object in the acknowledgement: { "ok": false, "problem": … }.',
    code: 'Code',
    unknown: 'There is no such problem',
    unknownNote: 'No problem of this service has this name. All of them are listed here:',
    other: 'По-русски',
  },
  ru: {
    index: 'Проблемы',
    intro: 'Каждый отказ сервиса несёт один из этих кодов. Код никогда не переименовывается.',
    what: 'Что произошло',
    why: 'Почему',
    remedy: 'Что делать',
    status: 'Статус HTTP',
    retry: 'Повторить?',
    yes: 'Да: тот же запрос может удаться позже.',
    no: 'Нет: тот же запрос будет отклонён снова.',
    shape: 'Ответ',
    shapeNote: 'Сокеты получают тот же объект в подтверждении: { "ok": false, "problem": … }.',
    code: 'Код',
    unknown: 'Такой проблемы нет',
    unknownNote: 'Ни у одной проблемы этого сервиса нет такого имени. Вот полный список:',
    other: 'In English',
  },
} as const;

export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(PROBLEMS, text);
}

/** The page of one code: what happened, why, what to do, and how the answer looks. */
export function renderProblemPage(code: ProblemCode, language: Language): string {
  const text = problemText(code, language);
  const words = WORDS[language];
  const example = viewOfProblem(new Problem(code, isRetryable(code) ? { retryAfter: 1 } : {}), REQUEST_ID);
  const section = (title: string, body: string) => `<h2>${title}</h2>\n<p>${body}</p>`;
  return page(language, `/problems/${code}`, text.title, [
    `<h1>${withCode(text.title)}</h1>`,
    `<p><code>${code}</code></p>`,
    section(words.why, withCode(text.why)),
    section(words.remedy, withCode(text.remedy)),
    section(words.status, String(PROBLEMS[code][0])),
    section(words.retry, isRetryable(code) ? words.yes : words.no),
    `<h2>${words.shape}</h2>\n<pre><code>${escape(JSON.stringify(example, null, 2))}</code></pre>`,
    `<p>${escape(words.shapeNote)}</p>`,
  ]);
}

/** The list of all codes. */
export function renderProblemIndex(language: Language): string {
  const words = WORDS[language];
  return page(language, '/problems', words.index, [`<h1>${words.index}</h1>`, `<p>${words.intro}</p>`, list(language)]);
}

/** What stands at the address of a code that does not exist. */
export function renderUnknownProblem(language: Language): string {
  const words = WORDS[language];
  return page(language, '/problems', words.unknown, [
    `<h1>${words.unknown}</h1>`,
    `<p>${words.unknownNote}</p>`,
    list(language),
  ]);
}

function list(language: Language): string {
  const words = WORDS[language];
  const rows = codesOfAll().map(
    (code) =>
      `<tr><td>${PROBLEMS[code][0]}</td><td><a href="/problems/${code}?lang=${language}"><code>${code}</code></a></td><td>${withCode(problemText(code, language).title)}</td></tr>`,
  );
  return `<table>\n<tr><th>${words.status}</th><th>${words.code}</th><th>${words.what}</th></tr>\n${rows.join('\n')}\n</table>`;
}

function page(language: Language, path: string, title: string, body: string[]): string {
  const other = language === 'en' ? 'ru' : 'en';
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)} · Besedka</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header><a href="/problems?lang=${language}">${WORDS[language].index}</a><a href="${path}?lang=${other}" hreflang="${other}" lang="${other}">${WORDS[language].other}</a></header>
<main>
${body.join('\n')}
</main>
</body>
</html>
`;
}

function withCode(text: string): string {
  return escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
