import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Calls } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { chooseLanguage, language, LANGUAGES, moment } from '../shared/i18n.js';
import { client, signOut } from '../shared/session.js';
import { chooseTheme, theme, THEMES } from '../shared/theme.js';
import { complain, tell } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { hide } from './dialogs.js';
import { nameOf } from './rooms.js';
import { w } from './words.js';

export function Settings() {
  return (
    <Dialog title={w('settings')} onClose={hide} wide>
      <section class="settings">
        <h3>{w('settings.look')}</h3>
        <div class="pair">
          <label>
            {t('language')}
            <select
              value={language.value}
              onChange={(event) => chooseLanguage(event.currentTarget.value as typeof language.value)}
            >
              {LANGUAGES.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t('theme')}
            <select
              value={theme.value}
              onChange={(event) => chooseTheme(event.currentTarget.value as typeof theme.value)}
            >
              {THEMES.map((name) => (
                <option key={name} value={name}>
                  {t(`theme.${name}`)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Sessions />
        <BlockedPeople />
        <Password />
        <footer>
          <button type="button" onClick={() => void signOut()}>
            {t('sign-out')}
          </button>
        </footer>
      </section>
    </Dialog>
  );
}

function Sessions() {
  const sessions = useSignal<Calls['listSessions']['answer']['items']>([]);
  const load = () => client.call('listSessions', {}).then(({ items }) => (sessions.value = items), complain);
  useEffect(() => void load(), []);
  return (
    <>
      <h3>{w('sessions')}</h3>
      <ul class="people">
        {sessions.value.map(({ id, userAgent, lastUsedAt, current }) => (
          <li key={id} class="person">
            <span class="entry-name">
              {deviceOf(userAgent)}
              <small class="dim">
                {' · '}
                {current ? w('session.current') : w('session.used', { time: moment(lastUsedAt, 'full') })}
              </small>
            </span>
            {!current && (
              <button
                type="button"
                class="link"
                aria-label={w('session.end', { name: deviceOf(userAgent) })}
                onClick={() => void client.call('endSession', { path: { sessionId: id } }).then(load, complain)}
              >
                {w('session.end.short')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function BlockedPeople() {
  const people = useSignal<Calls['listPersonalBlocks']['answer']['items'] | undefined>(undefined);
  const load = () => client.call('listPersonalBlocks', {}).then(({ items }) => (people.value = items), complain);
  useEffect(() => void load(), []);
  return (
    <>
      <h3>{w('blocked.people')}</h3>
      {people.value?.length === 0 && <p class="dim">{w('blocked.none')}</p>}
      <ul class="people">
        {people.value?.map(({ account }) => (
          <li key={account.id} class="person">
            <span class="entry-name">{nameOf(account)}</span>
            <button
              type="button"
              class="link"
              aria-label={w('blocked.lift', { name: nameOf(account) })}
              onClick={() =>
                void client.call('liftPersonalBlock', { path: { accountId: account.id } }).then(load, complain)
              }
            >
              {w('blocked.lift.short')}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Password() {
  const change = async ({ currentPassword = '', newPassword = '' }: Record<string, string>) => {
    await client.call('changeMyPassword', { body: { currentPassword, newPassword } });
    hide();
    tell(w('password.changed'));
  };
  return (
    <>
      <h3>{w('password.change')}</h3>
      <Form action={w('password.change')} onSubmit={change}>
        <div class="pair">
          <label>
            {w('password.current')}
            <input name="currentPassword" type="password" autocomplete="current-password" maxLength={256} required />
          </label>
          <label>
            {w('password.new')}
            <input
              name="newPassword"
              type="password"
              autocomplete="new-password"
              minLength={8}
              maxLength={256}
              required
            />
          </label>
        </div>
      </Form>
    </>
  );
}

/** A device by the names of its browser and system, as far as its header tells. */
function deviceOf(userAgent: string): string {
  const browser = /(Edg|OPR|YaBrowser|Firefox|Chrome|Safari)\//.exec(userAgent)?.[1];
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent)?.[1];
  return [browser, system].filter(Boolean).join(', ') || userAgent.slice(0, 60) || '—';
}
