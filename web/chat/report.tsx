import { useSignal } from '@preact/signals';
import type { Calls, PublicAccountView } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { hide } from './dialogs.js';
import { nameOf } from './rooms.js';
import { w } from './words.js';

type FileReport = Calls['fileReport']['data']['body'];

const REASONS = [
  'spam',
  'harassment',
  'hate',
  'violence',
  'sexual',
  'self_harm',
  'illegal',
  'impersonation',
  'other',
] as const satisfies readonly FileReport['reason'][];

/** Reports a message, a room or a person; `person` may then be blocked in the same breath. */
export function Report({ target, person }: { target: FileReport['target']; person?: PublicAccountView }) {
  const alsoBlock = useSignal(false);
  const file = async ({ reason, text }: Record<string, string>) => {
    await client.call('fileReport', {
      body: { target, reason: reason as FileReport['reason'], ...(text?.trim() ? { text: text.trim() } : {}) },
    });
    if (person && alsoBlock.value)
      await client.call('blockPersonally', { path: { accountId: person.id } }).catch(complain);
    hide();
    tell(w('report.sent'));
  };
  const title =
    target.type === 'message'
      ? w('report.message')
      : target.type === 'room'
        ? w('report.room')
        : w('report.person', { name: person ? nameOf(person) : '' });
  return (
    <Dialog title={title} onClose={hide}>
      <Form action={w('report')} onSubmit={file}>
        <label>
          {w('report.why')}
          <select name="reason" required>
            {REASONS.map((reason) => (
              <option key={reason} value={reason}>
                {w(`reason.${reason}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {w('report.text')}
          <textarea name="text" rows={3} maxLength={1000} />
        </label>
        {person && (
          <label class="check">
            <input
              type="checkbox"
              checked={alsoBlock.value}
              onChange={(event) => (alsoBlock.value = event.currentTarget.checked)}
            />
            {w('block-person', { name: nameOf(person) })}
          </label>
        )}
      </Form>
    </Dialog>
  );
}
