import type { RoomView } from '../../client/index.js';
import { Form } from '../shared/form.js';
import { client } from '../shared/session.js';
import { may } from './rooms.js';
import { w } from './words.js';

/** The way into a room that one has not joined. */
export function JoinBar({ view }: { view: RoomView }) {
  if (!may(view, 'join')) return <p class="notice">{w('join.closed')}</p>;
  const join = async ({ password }: Record<string, string>) => {
    await client.call('joinRoom', { path: { roomId: view.id }, body: password ? { password } : {} });
    client.rooms.refresh();
  };
  return (
    <section class="notice join" aria-label={w('join')}>
      <p class="dim">{w('join.lead')}</p>
      <Form action={w('join')} onSubmit={join}>
        {view.hasPassword && (
          <label>
            {w('join.password')}
            <input name="password" type="password" autocomplete="off" maxLength={128} required />
          </label>
        )}
      </Form>
    </section>
  );
}
