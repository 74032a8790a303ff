import type { ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { Dialog } from '../shared/dialog.js';
import { chooseLanguage, language, LANGUAGES } from '../shared/i18n.js';
import { Icon, type IconName } from '../shared/icons.js';
import { client, connection, isModerator, isSuperuser, me, phase, signOut } from '../shared/session.js';
import { Doorstep, EndedPage, SignIn } from '../shared/sign-in.js';
import { chooseTheme, theme, THEMES } from '../shared/theme.js';
import { t } from '../shared/words.js';
import { Audit } from './audit.js';
import { Health } from './health.js';
import { Choice } from './parts.js';
import { People } from './people.js';
import { Reports } from './reports.js';
import { addressOf, type Place, route } from './route.js';
import { Rooms } from './rooms.js';
import { Webhooks } from './webhooks.js';
import { c } from './words.js';

interface Door {
  place: Place;
  icon: IconName;
  Page: ComponentType;
  superusers?: true;
}

const DOORS: readonly Door[] = [
  { place: 'reports', icon: 'flag', Page: Reports },
  { place: 'people', icon: 'people', Page: People },
  { place: 'rooms', icon: 'chat', Page: Rooms },
  { place: 'audit', icon: 'shield', Page: Audit },
  { place: 'health', icon: 'clock', Page: Health },
  { place: 'webhooks', icon: 'bell', Page: Webhooks, superusers: true },
];

export function Console() {
  document.title = `${c('title')} · ${t('brand')}`;
  if (phase.value === 'out') return <SignIn title={c('title')} />;
  if (phase.value === 'ended') return <EndedPage />;
  if (!me.value) return <p class="sr">{t('loading')}</p>;
  if (!isModerator()) return <Refused />;
  return <Places />;
}

function Places() {
  const [settings, setSettings] = useState(false);
  const doors = DOORS.filter(({ superusers }) => !superusers || isSuperuser());
  const { place, Page } = doors.find((door) => door.place === route.value.place) ?? doors[0]!;
  document.title = `${c(place)} · ${c('title')} · ${t('brand')}`;
  return (
    <div class="console">
      <header class="top">
        <h1>{c('title')}</h1>
        <nav aria-label={c('places')}>
          {doors.map((door) => (
            <a key={door.place} href={addressOf(door.place)} aria-current={door.place === place ? 'page' : undefined}>
              <Icon name={door.icon} />
              {c(door.place)}
            </a>
          ))}
        </nav>
        <a class="to-chat" href="/">
          {c('chat')}
        </a>
        <button
          type="button"
          class="icon"
          aria-label={c('settings')}
          title={c('settings')}
          onClick={() => setSettings(true)}
        >
          <Icon name="gear" />
        </button>
      </header>
      {me.value && connection.value.state === 'offline' && <Offline />}
      <main key={place}>
        <Page />
      </main>
      {settings && <Settings onClose={() => setSettings(false)} />}
    </div>
  );
}

function Offline() {
  return (
    <div class="strip" role="status">
      <span>{c('offline')}</span>
      <button type="button" onClick={() => client.tryNow()}>
        {c('try-now')}
      </button>
    </div>
  );
}

function Settings({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={c('settings')} onClose={onClose}>
      <p class="dim">{c('signed-in', { name: me.value?.username ?? '' })}</p>
      <Choice
        label={t('language')}
        value={language.value}
        options={LANGUAGES.map(({ id, name }) => [id, name] as const)}
        onChoose={chooseLanguage}
      />
      <Choice
        label={t('theme')}
        value={theme.value}
        options={THEMES.map((one) => [one, t(`theme.${one}`)] as const)}
        onChoose={chooseTheme}
      />
      <footer>
        <button type="button" onClick={() => void signOut()}>
          {t('sign-out')}
        </button>
      </footer>
    </Dialog>
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
