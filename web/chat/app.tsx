import { phase } from '../shared/session.js';
import { EndedPage, SignIn } from '../shared/sign-in.js';
import { Toasts } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { ConnectionBanner } from './banner.js';
import { dialog } from './dialogs.js';
import { LiveRegion } from './live-region.js';
import { RoomPane } from './room-pane.js';
import { openId } from './route.js';
import { Sidebar } from './sidebar.js';
import { w } from './words.js';

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
  const roomId = openId.value;
  if (roomId === undefined) document.title = t('brand');
  return (
    <>
      <main class={roomId === undefined ? 'chat' : 'chat in-room'}>
        <h1 class="sr">{t('brand')}</h1>
        <Sidebar />
        <div class="pane">
          <ConnectionBanner />
          {roomId === undefined ? <p class="blank dim">{w('choose')}</p> : <RoomPane key={roomId} roomId={roomId} />}
        </div>
      </main>
      <LiveRegion />
      {dialog.value}
    </>
  );
}
