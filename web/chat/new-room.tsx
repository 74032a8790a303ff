import { Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client } from '../shared/session.js';
import { hide } from './dialogs.js';
import { go } from './route.js';
import { w } from './words.js';

export function NewRoom() {
  const create = async ({ name = '', topic, preset, password, capacity }: Record<string, string>) => {
    const { id } = await client.call('createRoom', {
      body: {
        name: name.trim(),
        preset: preset === 'private' ? 'private' : 'open',
        ...(topic ? { topic } : {}),
        ...(password ? { password } : {}),
        ...(capacity ? { capacity: Number(capacity) } : {}),
      },
    });
    client.rooms.refresh();
    hide();
    go(id);
  };
  return (
    <Dialog title={w('new-room')} onClose={hide}>
      <Form action={w('create')} onSubmit={create}>
        <label>
          {w('name.room')}
          <input name="name" required maxLength={255} autocomplete="off" />
        </label>
        <label>
          {w('topic')}
          <input name="topic" maxLength={1000} autocomplete="off" />
        </label>
        <fieldset>
          <legend>{w('kind.label')}</legend>
          <label class="check">
            <input type="radio" name="preset" value="open" defaultChecked />
            {w('kind.open')}
          </label>
          <label class="check">
            <input type="radio" name="preset" value="private" />
            {w('kind.private')}
          </label>
        </fieldset>
        <label>
          {w('room.password')}
          <input name="password" type="password" maxLength={128} autocomplete="off" />
        </label>
        <label>
          {w('capacity')}
          <input name="capacity" type="number" min={1} max={1_000_000} inputMode="numeric" />
        </label>
      </Form>
    </Dialog>
  );
}
