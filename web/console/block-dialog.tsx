import { useEffect, useState } from 'preact/hooks';
import type { BlockView, PublicAccountView } from '../../client/index.js';
import { Dialog } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client } from '../shared/session.js';
import {
  consequencesOf,
  DURATIONS,
  type Duration,
  endOf,
  type Mode,
  MODES,
  type Period,
  PERIODS,
  type Terms,
} from './block-terms.js';
import { Choice, Tag } from './parts.js';
import { p } from './people-words.js';
import { c } from './words.js';

const MOST_REASON = 512;

/** What was chosen, as calls take it. */
export interface ChosenBlock {
  mode: Mode;
  scope: 'global' | number;
  expiresAt: string | null;
  deleteMessages: Period;
  reason: string;
}

interface BlockDialogProps {
  account: PublicAccountView;
  begin?: Partial<Terms> & { reason?: string };
  /** May throw: the dialog stays open and says why. */
  onBlock: (chosen: ChosenBlock) => Promise<void> | void;
  onClose: () => void;
}

/** Asks for the terms of a block, and tells before it is laid what it will do. */
export function BlockDialog({ account, begin = {}, onBlock, onClose }: BlockDialogProps) {
  const [terms, setTerms] = useState<Terms>({
    mode: 'mute',
    scope: 'global',
    duration: '24h',
    until: '',
    deleteMessages: 'none',
    ...begin,
  });
  const [inForce, setInForce] = useState<readonly BlockView[]>([]);
  const [rooms, setRooms] = useState<readonly { id: number; name: string }[]>([]);
  const set = (changed: Partial<Terms>) => setTerms({ ...terms, ...changed });
  useEffect(() => {
    const none = () => undefined;
    client
      .call('listBlocks', { query: { accountId: account.id, active: true } })
      .then(({ items }) => setInForce(items), none);
    client.call('listRooms', { query: { view: 'all', limit: 200 } }).then(({ items }) => setRooms(items), none);
  }, [account.id]);
  const roomName = rooms.find(({ id }) => id === terms.scope)?.name ?? `#${terms.scope ?? '…'}`;
  const already = inForce.some(({ mode, scope }) => mode === terms.mode && scope === terms.scope);
  const submit = async ({ reason = '' }: Record<string, string>) => {
    const expiresAt = endOf(terms);
    if (terms.scope === undefined || expiresAt === undefined) return;
    await onBlock({
      mode: terms.mode,
      scope: terms.scope,
      deleteMessages: terms.deleteMessages,
      expiresAt,
      reason: reason.trim(),
    });
    onClose();
  };
  return (
    <Dialog title={p('block.title', { name: account.username })} onClose={onClose} wide>
      <Form action={p('block.do')} onSubmit={submit} danger>
        <fieldset class="cards">
          <legend>{p('mode')}</legend>
          {MODES.map((mode) => (
            <label key={mode} class="check">
              <input type="radio" name="mode" checked={terms.mode === mode} onChange={() => set({ mode })} />
              <span>
                <b>{p(`mode.${mode}`)}</b>
                <small class="dim">{p(`mode.${mode}.hint`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <div class="fields">
          <Choice
            label={p('scope')}
            value={terms.scope === 'global' ? 'global' : 'room'}
            options={[
              ['global', p('scope.global')],
              ['room', p('scope.room')],
            ]}
            onChoose={(where) => set({ scope: where === 'global' ? 'global' : undefined })}
          />
          {terms.scope !== 'global' && (
            <label>
              {p('room')}
              <input
                list="block-rooms"
                inputMode="numeric"
                pattern="[1-9][0-9]{0,15}"
                title={p('room.unknown')}
                value={terms.scope ?? ''}
                required
                onInput={({ currentTarget: { value } }) =>
                  set({ scope: /^[1-9]\d{0,15}$/.test(value) ? Number(value) : undefined })
                }
              />
              <small class="dim">{p('room.hint')}</small>
              <datalist id="block-rooms">
                {rooms.map(({ id, name }) => (
                  <option key={id} value={id} label={name} />
                ))}
              </datalist>
            </label>
          )}
          <Choice
            label={p('duration')}
            value={terms.duration}
            options={[...(Object.keys(DURATIONS) as Duration[]), 'custom' as const].map(
              (one) => [one, p(`duration.${one}`)] as const,
            )}
            onChoose={(duration) => set({ duration })}
          />
          {terms.duration === 'custom' && (
            <label>
              {p('until')}
              <input
                type="datetime-local"
                required
                value={terms.until}
                onInput={({ currentTarget: { value } }) => set({ until: value })}
              />
            </label>
          )}
          <Choice
            label={p('recent')}
            value={terms.deleteMessages}
            options={PERIODS.map((one) => [one, p(`recent.${one}`)] as const)}
            onChoose={(deleteMessages) => set({ deleteMessages })}
          />
        </div>
        <label>
          {c('reason')}
          <textarea name="reason" rows={2} maxLength={MOST_REASON} required defaultValue={begin.reason ?? ''} />
          <small class="dim">{c('reason.told')}</small>
        </label>
        <section class="preview" aria-live="polite">
          <h3>{p('preview')}</h3>
          <ul>
            {consequencesOf(terms, account.username, roomName).map((line) => (
              <li key={line}>{line}</li>
            ))}
            {already && (
              <li>
                <Tag kind="wait">{p('then.already')}</Tag>
              </li>
            )}
          </ul>
        </section>
      </Form>
    </Dialog>
  );
}
