import { useEffect, useState } from 'preact/hooks';
import type { DeletionView, PublicAccountView } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client } from '../shared/session.js';
import { tell } from '../shared/toast.js';
import { Choice, Failure } from './parts.js';
import { p } from './people-words.js';
import { c } from './words.js';

interface PersonDialog {
  account: PublicAccountView;
  onClose: () => void;
}

const MOST_REASON = 512;
const LOOK_MS = 500;
const HOUR_MS = 3_600_000;
const HOURS = { '1h': 1, '24h': 24, '7d': 168, all: undefined } as const;
type Span = keyof typeof HOURS;

export function Reason() {
  return (
    <label>
      {c('reason')}
      <textarea name="reason" rows={2} maxLength={MOST_REASON} required data-first />
      <small class="dim">{c('reason.told')}</small>
    </label>
  );
}

export function WarnDialog({ account, onClose }: PersonDialog) {
  const submit = async ({ reason = '' }: Record<string, string>) => {
    await client.call('warnAccount', { body: { accountId: account.id, reason: reason.trim() } });
    tell(p('warn.done', { name: account.username }));
    onClose();
  };
  return (
    <Dialog title={p('warn.title', { name: account.username })} onClose={onClose}>
      <Form action={p('warn.do')} onSubmit={submit}>
        <Reason />
      </Form>
    </Dialog>
  );
}

/** The role somebody has now is not asked for: whoever gives one says which. */
export function RoleDialog({ account, onClose }: PersonDialog) {
  const roles = ['user', 'moderator', 'superuser'] as const;
  const submit = async ({ role }: Record<string, string>) => {
    const chosen = roles.find((one) => one === role)!;
    await client.call('changeRole', { path: { accountId: account.id }, body: { role: chosen } });
    tell(p('role.done', { name: account.username, role: p(`role.${chosen}`) }));
    onClose();
  };
  return (
    <Dialog title={p('role.title', { name: account.username })} onClose={onClose}>
      <Form action={p('role.do')} onSubmit={submit}>
        <fieldset class="cards">
          <legend class="sr">{p('role.legend')}</legend>
          {roles.map((role) => (
            <label key={role} class="check">
              <input type="radio" name="role" value={role} required />
              {p(`role.${role}`)}
            </label>
          ))}
        </fieldset>
        <p class="dim">{p('role.hint')}</p>
      </Form>
    </Dialog>
  );
}

/** Begins a deletion of many messages, and follows it until it is done or the dialog is closed; the work goes on without it. */
export function DeleteDialog({ account, onClose }: PersonDialog) {
  const [span, setSpan] = useState<Span>('24h');
  const [deletion, setDeletion] = useState<DeletionView>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    if (!deletion || deletion.state === 'done') return;
    const path = { deletionId: deletion.id };
    const timer = setTimeout(() => void client.call('getDeletion', { path }).then(setDeletion, setFailure), LOOK_MS);
    return () => clearTimeout(timer);
  }, [deletion]);
  const submit = async ({ reason = '' }: Record<string, string>) => {
    const hours = HOURS[span];
    const from = hours === undefined ? {} : { from: new Date(Date.now() - hours * HOUR_MS).toISOString() };
    setDeletion(
      await client.call('deleteMessagesOf', { body: { accountId: account.id, reason: reason.trim(), ...from } }),
    );
  };
  return (
    <Dialog title={p('delete.title', { name: account.username })} onClose={onClose}>
      {failure !== undefined && <Failure error={failure} />}
      {deletion ? (
        <Progress deletion={deletion} />
      ) : (
        <Form action={p('delete.do')} onSubmit={submit} danger>
          <Choice
            label={p('delete.period')}
            value={span}
            options={(Object.keys(HOURS) as Span[]).map((one) => [one, p(`recent.${one}`)] as const)}
            onChoose={setSpan}
          />
          <Reason />
        </Form>
      )}
    </Dialog>
  );
}

function Progress({ deletion: { state, done, total } }: { deletion: DeletionView }) {
  const text =
    state === 'done'
      ? p.count('delete.done', done)
      : total === null
        ? p('delete.waiting')
        : p('delete.progress', { done, total });
  return (
    <div role="status">
      <p id="deletion-text">{text}</p>
      <progress aria-labelledby="deletion-text" max={total ?? 1} {...(total === null ? {} : { value: done })} />
    </div>
  );
}
