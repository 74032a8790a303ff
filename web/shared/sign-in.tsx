import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { Form } from './form.js';
import { chooseLanguage, language, LANGUAGES } from './i18n.js';
import { untilWhen } from './problem-words.js';
import { type Ending, ending, register, signIn, signOut } from './session.js';
import { t } from './words.js';

const registering = signal(false);

/** The page of somebody who is not signed in; `title` names the place behind it. */
export function SignIn({ title, mayRegister = false }: { title?: string; mayRegister?: boolean }) {
  const asNew = mayRegister && registering.value;
  const action = asNew ? t('register') : t('sign-in');
  const submit = ({ username = '', password = '' }: Record<string, string>) =>
    asNew ? register(username, password) : signIn(username, password);
  return (
    <Doorstep title={title ?? t('brand')} lead={t('sign-in.lead')}>
      <h2>{action}</h2>
      <Form key={String(asNew)} action={action} onSubmit={submit}>
        <label>
          {t('username')}
          <input
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            maxLength={64}
            required
          />
        </label>
        <label>
          {t('password')}
          <input
            name="password"
            type="password"
            autocomplete={asNew ? 'new-password' : 'current-password'}
            minLength={asNew ? 8 : 1}
            maxLength={256}
            required
            aria-describedby={asNew ? 'password-rule' : undefined}
          />
          {asNew && (
            <small id="password-rule" class="dim">
              {t('password.rule')}
            </small>
          )}
        </label>
      </Form>
      {mayRegister && (
        <button type="button" class="link" onClick={() => (registering.value = !registering.value)}>
          {asNew ? t('register.other') : t('sign-in.other')}
        </button>
      )}
    </Doorstep>
  );
}

const ENDINGS: Record<string, Parameters<typeof t>[0]> = {
  password_changed: 'ended.password',
  refresh_reused: 'ended.reuse',
  'auth/refresh-reused': 'ended.reuse',
  blocked: 'ended.blocked',
  token_expired: 'ended.expired',
  'auth/refresh-invalid': 'ended.expired',
};

/** Tells why the session is over, and leads back to signing in. */
export function Ended({ reason, why, until }: Ending) {
  return (
    <Doorstep title={t('ended.title')}>
      <div role="alert">
        <p>{t(ENDINGS[reason] ?? 'ended.logout')}</p>
        {why && <p>{t('why', { reason: why })}</p>}
        {reason === 'blocked' && <p class="dim">{untilWhen(until)}</p>}
      </div>
      <footer>
        <button type="button" class="primary" onClick={() => void signOut()}>
          {t('ended.again')}
        </button>
      </footer>
    </Doorstep>
  );
}

/** The end of this page's session, as far as it is known. */
export function EndedPage() {
  return <Ended {...(ending.value ?? { reason: 'logout' })} />;
}

export function Doorstep({ title, lead, children }: { title: string; lead?: string; children: ComponentChildren }) {
  return (
    <main class="doorstep">
      <section class="card">
        <img src={new URL('./icon.svg', import.meta.url).href} alt="" width={48} height={48} />
        <h1>{title}</h1>
        {lead && <p class="dim">{lead}</p>}
        {children}
      </section>
      <nav class="foot" aria-label={t('language')}>
        {LANGUAGES.map(({ id, name }) => (
          <button
            key={id}
            type="button"
            class="link"
            lang={id}
            aria-pressed={language.value === id}
            onClick={() => chooseLanguage(id)}
          >
            {name}
          </button>
        ))}
        <a href="/docs">{t('docs')}</a>
      </nav>
    </main>
  );
}
