import type { Language } from '../platform/problem-texts.js';
import { COMMANDS } from '../realtime/events.js';

/** Everything comes from this origin, nothing is inline, and no text becomes markup. */
export const EVENTS_PAGE_POLICY = [
  `default-src 'none'`,
  `style-src 'self'`,
  `script-src 'self'`,
  `connect-src 'self'`,
  `img-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
  `trusted-types 'none'`,
].join('; ');

const WORDS = {
  en: {
    title: 'Socket events, live',
    intro: 'Connect as somebody, send a command, and watch its acknowledgement and the facts that follow.',
    docs: 'HTTP API',
    document: 'AsyncAPI document',
    other: 'По-русски',
    connection: 'Connection',
    username: 'User name',
    password: 'Password',
    or: 'or',
    token: 'Access token',
    connect: 'Connect',
    disconnect: 'Disconnect',
    send: 'Send',
    command: 'Command',
    body: 'Body, JSON',
    sendHint: 'Ctrl+Enter sends.',
    log: 'Log',
    filter: 'Filter',
    commands: 'Commands',
    acks: 'Acknowledgements',
    facts: 'Facts',
    clear: 'Clear',
    script: 'This page needs JavaScript.',
    live: {
      offline: 'Not connected',
      connecting: 'Connecting…',
      online: 'Connected as account {id}',
      refused: 'Refused',
      lost: 'The connection ended',
      noCredentials: 'Give a user name and a password, or an access token.',
      noJson: 'The body is not JSON: ',
      unreachable: 'The service cannot be reached. Try again.',
      unanswered: 'No acknowledgement came.',
      command: 'Command',
      ack: 'Acknowledgement',
      fact: 'Fact',
      empty: 'Nothing yet.',
    },
  },
  ru: {
    title: 'События сокета вживую',
    intro:
      'Подключитесь от чьего-нибудь имени, отправьте команду и смотрите на подтверждение и факты, которые за ней следуют.',
    docs: 'HTTP API',
    document: 'Документ AsyncAPI',
    other: 'In English',
    connection: 'Соединение',
    username: 'Имя пользователя',
    password: 'Пароль',
    or: 'или',
    token: 'Токен доступа',
    connect: 'Подключиться',
    disconnect: 'Отключиться',
    send: 'Отправить',
    command: 'Команда',
    body: 'Тело, JSON',
    sendHint: 'Ctrl+Enter отправляет.',
    log: 'Журнал',
    filter: 'Фильтр',
    commands: 'Команды',
    acks: 'Подтверждения',
    facts: 'Факты',
    clear: 'Очистить',
    script: 'Этой странице нужен JavaScript.',
    live: {
      offline: 'Нет соединения',
      connecting: 'Соединение…',
      online: 'Подключено, учётная запись {id}',
      refused: 'Отказ',
      lost: 'Соединение закончилось',
      noCredentials: 'Укажите имя и пароль или токен доступа.',
      noJson: 'Тело — не JSON: ',
      unreachable: 'Сервис недоступен. Попробуйте ещё раз.',
      unanswered: 'Подтверждение не пришло.',
      command: 'Команда',
      ack: 'Подтверждение',
      fact: 'Факт',
      empty: 'Пока ничего.',
    },
  },
} as const;

/** The page on which one tries the socket; `base` leads from its address to /docs. Its script is `events-page.script.ts`. */
export function renderEventsPage(language: Language, base: string): string {
  const words = WORDS[language];
  const other = language === 'en' ? 'ru' : 'en';
  const commands = Object.fromEntries(
    Object.entries(COMMANDS).map(([name, { says, example }]) => [name, { says, example }]),
  );
  const options = Object.keys(COMMANDS).map((name) => `<option>${name}</option>`);
  const kind = (name: string, label: string) =>
    `<label class="check"><input type="checkbox" name="${name}" checked>${label}</label>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${words.title} · Besedka</title>
<link rel="stylesheet" href="${base}/events.css">
<link rel="icon" type="image/png" href="${base}/favicon-32x32.png">
</head>
<body data-words="${attribute(words.live)}" data-commands="${attribute(commands)}">
<header>
<nav><a href="${base}">${words.docs}</a> <a href="${base}/asyncapi.json">${words.document}</a></nav>
<a href="?lang=${other}" hreflang="${other}" lang="${other}">${words.other}</a>
</header>
<main>
<h1>${words.title}</h1>
<p>${words.intro}</p>
<noscript><p>${words.script}</p></noscript>
<div class="columns">
<div>
<section aria-labelledby="connection">
<h2 id="connection">${words.connection}</h2>
<form id="sign-in">
<label>${words.username}<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<label>${words.password}<input name="password" type="password" autocomplete="current-password"></label>
<p class="or">${words.or}</p>
<label>${words.token}<input name="token" autocomplete="off" spellcheck="false"></label>
<p class="row"><button>${words.connect}</button><button type="button" id="disconnect" disabled>${words.disconnect}</button></p>
<output role="status">${words.live.offline}</output>
</form>
</section>
<section aria-labelledby="sending">
<h2 id="sending">${words.send}</h2>
<form id="send">
<label>${words.command}<select name="command">${options.join('')}</select></label>
<p class="says" lang="en"></p>
<label>${words.body}<textarea name="body" rows="7" spellcheck="false"></textarea></label>
<p class="row"><button disabled>${words.send}</button><span>${words.sendHint}</span></p>
<p role="alert"></p>
</form>
</section>
</div>
<section aria-labelledby="heard">
<h2 id="heard">${words.log}</h2>
<form id="filter">
<label>${words.filter}<input name="text" type="search"></label>
<p class="row">${kind('command', words.commands)}${kind('ack', words.acks)}${kind('fact', words.facts)}<button type="button" id="clear">${words.clear}</button></p>
</form>
<div role="log" tabindex="0" aria-labelledby="heard"><ol id="log"></ol></div>
<p class="empty">${words.live.empty}</p>
</section>
</div>
</main>
<script src="${base}/../socket.io/socket.io.min.js"></script>
<script src="${base}/events.js"></script>
</body>
</html>
`;
}

function attribute(value: object): string {
  return JSON.stringify(value).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

export const EVENTS_STYLE = `:root { color-scheme: light dark; --accent: light-dark(#2456c7, #9bb8ff); --line: light-dark(#d5d9e0, #3a3f4a); --quiet: light-dark(#555c68, #a8b0bd) }
* { box-sizing: border-box }
[hidden] { display: none }
html { background: light-dark(#fff, #15171b); color: light-dark(#16181d, #e8ebf0) }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 0 auto; padding: 1rem }
header, .row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center }
header { justify-content: space-between }
nav { display: flex; gap: 1rem }
a { color: var(--accent) }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0 .25rem }
h2 { font-size: 1.1rem; margin: 0 0 .5rem }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; margin-top: 1rem }
@media (min-width: 56rem) { .columns { grid-template-columns: minmax(0, 24rem) minmax(0, 1fr) } }
section { border: 1px solid var(--line); border-radius: .6rem; padding: 1rem }
section + section { margin-top: 1rem }
label { display: block; margin: .5rem 0 }
.check { display: inline-flex; gap: .35rem; align-items: center; margin: 0 }
input:not([type=checkbox]), select, textarea { display: block; width: 100%; margin-top: .15rem }
input, select, textarea, button { font: inherit; padding: .4rem .6rem; border: 1px solid light-dark(#868d99, #79818f); border-radius: .4rem }
textarea, code, pre { font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
button { cursor: pointer; padding-inline: .9rem }
button:disabled { cursor: default }
form:not(#filter) button:not([type]):not(:disabled) { background: light-dark(#2456c7, #3a68d8); color: #fff; border-color: transparent }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.or, .says, .empty, .row span, time { color: var(--quiet); font-size: .9rem; margin: .25rem 0 }
output { display: block; margin-top: .25rem }
output.online { color: light-dark(#116a37, #7fd9a3) }
output.refused, [role=alert] { color: light-dark(#b3261e, #ff9d95) }
[role=alert]:empty { display: none }
[role=log] { max-height: max(38rem, 80vh); overflow: auto; margin-top: .5rem }
ol { list-style: none; margin: 0; padding: 0 }
li { border-top: 1px solid var(--line); padding: .5rem 0 }
li p { display: flex; flex-wrap: wrap; gap: .6rem; align-items: baseline; margin: 0 }
li b { font-size: .78rem; border: 1px solid; border-radius: 99px; padding: 0 .5rem; font-weight: 600 }
li.command b { color: var(--accent) }
li.ack b { color: light-dark(#116a37, #7fd9a3) }
li.ack.refused b { color: light-dark(#b3261e, #ff9d95) }
li.fact b { color: light-dark(#7a4b00, #f0c36d) }
pre { margin: .25rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere }
`;
