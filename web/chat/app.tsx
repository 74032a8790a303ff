import { me, phase, signOut } from '../shared/session.js';
import { EndedPage, SignIn } from '../shared/sign-in.js';
import { Toasts } from '../shared/toast.js';
import { t } from '../shared/words.js';

export function App() {
  return (
    <>
      <Page />
      <Toasts />
    </>
  );
}

function Page() {
  if (phase.value === 'out') return <SignIn mayRegister />;
  if (phase.value === 'ended') return <EndedPage />;
  return (
    <main>
      <h1>{me.value?.username ?? t('loading')}</h1>
      <button type="button" onClick={() => void signOut()}>
        {t('sign-out')}
      </button>
    </main>
  );
}
