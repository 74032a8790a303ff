import { createHash } from 'node:crypto';
import type { Language } from '../platform/problem-texts.js';

const STYLE = `
:root { color-scheme: light dark }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 26rem; margin: 0 auto; padding: 3rem 1rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
label { display: block; margin: 1rem 0 }
input, button { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem; border: 1px solid #8888; border-radius: .4rem }
button { margin-top: .5rem; cursor: pointer }
output { display: block; margin-top: 1rem; white-space: pre-line }
`;

/** One style sheet and one script of our own; the page can be put into no other and sends nothing anywhere else. */
export const SETUP_PAGE_POLICY = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  `script-src 'self'`,
  `connect-src 'self'`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

const WORDS = {
  en: {
    title: 'Make the first superuser',
    intro: 'The link that brought you here works once. A superuser grants roles and may do everything else as well.',
    username: 'User name',
    password: 'Password, at least 8 characters',
    make: 'Make superuser',
    done: 'Done. Sign in with this name and password:',
    chat: 'Open the chat',
    noLink: 'The link is not whole. Open it as the service printed it at start, with all that follows the #.',
    unreachable: 'The service cannot be reached. Try again.',
    script: 'This page needs JavaScript.',
    problems: {},
  },
  ru: {
    title: 'Создать первого суперпользователя',
    intro: 'Ссылка, по которой вы пришли, действует один раз. Суперпользователь назначает роли и может всё остальное.',
    username: 'Имя пользователя',
    password: 'Пароль, не короче 8 символов',
    make: 'Создать',
    done: 'Готово. Войдите с этим именем и паролем:',
    chat: 'Открыть чат',
    noLink: 'Ссылка неполная. Откройте её так, как её напечатал сервис при запуске, вместе со всем, что стоит после #.',
    unreachable: 'Сервис недоступен. Попробуйте ещё раз.',
    script: 'Этой странице нужен JavaScript.',
    problems: {
      'auth/setup-link-invalid':
        'Ссылка уже использована, устарела или её никогда не было. Перезапустите сервис: он напечатает новую, если суперпользователя ещё нет.',
      'account/username-taken': 'Это имя занято.',
      'request/invalid': 'Имя или пароль не подходят.',
      'auth/busy': 'Сейчас слишком много входов. Попробуйте ещё раз.',
    },
  },
} as const;

/** The page behind the one-time link. Its script takes the secret from behind the #, which browsers send nowhere. */
export function renderSetupPage(language: Language): string {
  const words = WORDS[language];
  const texts = JSON.stringify({
    noLink: words.noLink,
    unreachable: words.unreachable,
    done: words.done,
    problems: words.problems,
  });
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${words.title} · Besedka</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${words.title}</h1>
<p>${words.intro}</p>
<form data-texts="${texts.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">
<label>${words.username}<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="64" required autofocus></label>
<label>${words.password}<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="256" required></label>
<button>${words.make}</button>
</form>
<output role="status"></output>
<p hidden><a href="./">${words.chat}</a></p>
<noscript><p>${words.script}</p></noscript>
</main>
<script src="setup/page.js"></script>
</body>
</html>
`;
}

/** Sends the form as the API wants it, with the secret of the link. */
export const SETUP_SCRIPT = `'use strict';
const form = document.querySelector('form');
const output = document.querySelector('output');
const texts = JSON.parse(form.dataset.texts);
const token = location.hash.slice(1);
if (!token) {
  form.hidden = true;
  output.textContent = texts.noLink;
}
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  const { username, password } = Object.fromEntries(new FormData(form));
  button.disabled = true;
  output.textContent = '';
  try {
    const answer = await fetch('api/v1/auth/setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, username, password }),
    });
    if (answer.ok) {
      history.replaceState(null, '', location.pathname);
      form.hidden = true;
      output.textContent = texts.done + '\\n' + username;
      document.querySelector('p[hidden]').hidden = false;
    } else {
      const { code, title, errors = [] } = await answer.json();
      const mistakes = errors.map(({ pointer, message }) => pointer.replace('#/', '') + ' ' + message);
      output.textContent = [texts.problems[code] || title, ...mistakes].join('\\n');
    }
  } catch {
    output.textContent = texts.unreachable;
  }
  button.disabled = false;
});
`;
