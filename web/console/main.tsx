import { render } from 'preact';
import { begin, isModerator, me, phase, signOut } from '../shared/session.js';
import { Doorstep, EndedPage, SignIn } from '../shared/sign-in.js';
import { Toasts } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { c } from './words.js';

function Console() {
  document.title = `${c('title')} · ${t('brand')}`;
  if (phase.value === 'out') return <SignIn title={c('title')} />;
  if (phase.value === 'ended') return <EndedPage />;
  if (!me.value) return <p class="sr">{t('loading')}</p>;
  if (!isModerator()) return <Refused />;
  return (
    <div class="console">
      <header>
        <h1>{c('title')}</h1>
        <a href="/">{c('chat')}</a>
        <button type="button" onClick={() => void signOut()}>
          {t('sign-out')}
        </button>
      </header>
      <main>
        <p>{c('greeting', { name: me.value.username })}</p>
      </main>
    </div>
  );
}

function Refused() {
  return (
    <Doorstep title={c('title')}>
      <p role="alert">{c('refused')}</p>
      <footer>
        <a href="/">{c('chat')}</a>
        <button type="button" onClick={() => void signOut()}>
          {t('sign-out')}
        </button>
      </footer>
    </Doorstep>
  );
}

begin();
render(
  <>
    <Console />
    <Toasts />
  </>,
  document.getElementById('app')!,
);
