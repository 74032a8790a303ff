/**
 * Makes pages of docs/guides, as part of the build: `dist/guides/<name>.html` has a guide's text without the page around it. Markup in a guide stays text:
 * what is served comes from this renderer alone.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { micromark } from 'micromark';
import { ROOT } from './run.mjs';

const FROM = join(ROOT, 'docs/guides');
const TO = join(ROOT, 'dist/guides');
const NOTE = /^<!--[^]*?-->\n?/gm;
const TABLE = /^\|.+\|\n\|[ :|-]+\|\n(?:\|.+\|\n?)+/gm;
const SERVED = /^(?:\/(?!\/)|#|https?:)/;

export function buildGuides() {
  if (!existsSync(FROM)) return;
  mkdirSync(TO, { recursive: true });
  // A service that runs goes on serving those that stay.
  for (const page of readdirSync(TO))
    if (!existsSync(join(FROM, page.replace(/\.html$/, '.md')))) rmSync(join(TO, page));
  for (const file of readdirSync(FROM).filter((name) => name.endsWith('.md')))
    writeFileSync(join(TO, file.replace(/\.md$/, '.html')), renderGuide(readFileSync(join(FROM, file), 'utf8')));
}

/** The HTML of a guide: no comments, tables as tables, and of its links those that lead to something that is served. */
export function renderGuide(markdown) {
  const text = markdown.replace(NOTE, '');
  let html = '';
  let end = 0;
  for (const { 0: table, index } of text.matchAll(TABLE)) {
    html += micromark(text.slice(end, index)) + tableOf(table);
    end = index + table.length;
  }
  html += micromark(text.slice(end));
  return html.replace(/<a href="([^"]*)">([^]*?)<\/a>/g, (link, address, words) => {
    if (/^[a-z-]+\.md(?:#[\w-]*)?$/.test(address)) return `<a href="${address.replace('.md', '')}">${words}</a>`;
    return SERVED.test(address) ? link : words;
  });
}

function tableOf(table) {
  const [head, , ...rows] = table.trim().split('\n');
  const row = (line, cell) => {
    const cells = line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((text) => text.trim().replaceAll('\\|', '|'));
    return `<tr>${cells.map((text) => `<${cell}>${micromark(text).replace(/^<p>|<\/p>$/g, '')}</${cell}>`).join('')}</tr>`;
  };
  return `<table>\n${[row(head, 'th'), ...rows.map((line) => row(line, 'td'))].join('\n')}\n</table>\n`;
}
