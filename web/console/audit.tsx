import { useEffect, useState } from 'preact/hooks';
import type { AuditView } from '../../client/index.js';
import { Confirm } from '../shared/dialog.js';
import { Form } from '../shared/form.js';
import { client, isSuperuser } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { AuditExport } from './audit-export.js';
import { reversalOf } from './audit-reversal.js';
import { a } from './audit-words.js';
import { accountNamed, nameOf } from './names.js';
import { usePages } from './pages.js';
import { Heading, ListEnd, Tag, When, WhoIs } from './parts.js';
import { addressOf, go, route } from './route.js';
import { c } from './words.js';

const KINDS = ['account', 'room', 'message', 'block', 'report', 'key', 'integrator', 'filter'] as const;
const PLACE_OF: Partial<Record<string, 'people' | 'rooms' | 'reports'>> = {
  account: 'people',
  room: 'rooms',
  report: 'reports',
};

export type AuditQuery = Partial<Record<'actor' | 'target' | 'action' | 'from' | 'to', string>>;

/** The audit log: what is asked for stands in the address, so that it can be given to somebody else. */
export function Audit() {
  const given = route.value.query;
  const query: AuditQuery = {};
  for (const name of ['actor', 'target', 'action', 'from', 'to'] as const) {
    const value = given.get(name);
    if (value) query[name] = value;
  }
  const key = JSON.stringify(query);
  const row = Number(given.get('row'));
  const [reversing, setReversing] = useState<AuditView>();
  const pages = usePages<AuditView>(key, (cursor) => readLog(query, cursor));
  useEffect(() => {
    if (!row || !pages.items) return;
    const marked = document.getElementById(`row-${row}`);
    marked?.scrollIntoView({ block: 'center' });
    marked?.focus();
  }, [row, pages.items !== undefined]);
  const reverse = async (act: AuditView) => {
    try {
      await reversalOf(act)!.run();
      tell(a('reverse.done'));
      pages.again();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <div class="place">
      <div class="place-head">
        <Heading>{c('audit')}</Heading>
        <AuditExport key={key} query={query} />
      </div>
      <Filters key={key} query={query} />
      <ol class="plain log">
        {pages.items?.map((act) => (
          <Row key={act.id} act={act} marked={act.id === row} onReverse={() => setReversing(act)} />
        ))}
      </ol>
      <ListEnd pages={pages} empty={a('none')} />
      {reversing && (
        <Confirm
          title={a('reverse.title')}
          text={reversalOf(reversing)!.text}
          action={a('reverse').replace('…', '')}
          onConfirm={() => void reverse(reversing)}
          onClose={() => setReversing(undefined)}
        />
      )}
    </div>
  );
}

/** A page of the log, from the newest row to the oldest. */
export async function readLog({ actor, ...query }: AuditQuery, cursor?: string, limit = 50) {
  const actorId = actor === undefined ? {} : { actor: Number(actor) };
  return client.call('listAuditLog', { query: { ...query, ...actorId, limit, ...(cursor && { cursor }) } });
}

function Filters({ query }: { query: AuditQuery }) {
  const [kind, id] = (query.target ?? ':').split(':');
  const submit = async ({
    actor = '',
    kind = '',
    id = '',
    action = '',
    from = '',
    to = '',
  }: Record<string, string>) => {
    let actorId = '';
    if (actor.trim() !== '') {
      const found = await accountNamed(actor.trim());
      if (found === undefined) return tell(a('actor.unknown', { name: actor.trim() }), true);
      actorId = `${found}`;
    }
    const target = kind && id ? `${kind}:${id}` : '';
    const next = { actor: actorId, target, action: action.trim(), from: isoOf(from), to: isoOf(to) };
    go(addressOf('audit', undefined, next));
  };
  return (
    <Form
      action={a('search')}
      onSubmit={submit}
      beside={
        <button type="button" onClick={() => go(addressOf('audit'))}>
          {a('clear')}
        </button>
      }
    >
      <div class="fields">
        <label>
          {a('actor')}
          <input
            name="actor"
            maxLength={64}
            placeholder={a('actor.hint')}
            defaultValue={query.actor ? nameOf(Number(query.actor)) : ''}
          />
        </label>
        <label>
          {a('target')}
          <select name="kind">
            <option value="">{a('target.any')}</option>
            {KINDS.map((one) => (
              <option key={one} value={one} selected={one === kind}>
                {a(`target.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {a('target.id')}
          <input name="id" inputMode="numeric" pattern="[1-9][0-9]{0,14}" defaultValue={id ?? ''} />
        </label>
        <label>
          {a('action')}
          <input
            name="action"
            pattern="[a-z]+\.[a-z]+(\.refused)?"
            title={a('action.hint')}
            placeholder="block.create"
            defaultValue={query.action ?? ''}
          />
        </label>
        <label>
          {a('from')}
          <input name="from" type="datetime-local" step="1" defaultValue={localOf(query.from)} />
        </label>
        <label>
          {a('to')}
          <input name="to" type="datetime-local" step="1" defaultValue={localOf(query.to)} />
        </label>
      </div>
    </Form>
  );
}

function Row({ act, marked, onReverse }: { act: AuditView; marked: boolean; onReverse: () => void }) {
  const { kind, id } = act.target;
  const place = PLACE_OF[kind];
  const refused = act.action.endsWith('.refused');
  const reversal = reversalOf(act);
  const about = `${a(`target.${kind}`)} ${kind === 'account' && id !== null ? nameOf(id) : `#${id}`}`;
  return (
    <li id={`row-${act.id}`} class={marked ? 'marked' : ''} tabIndex={-1}>
      <div class="line">
        <span class="tags">
          <code>{act.action.replace(/\.refused$/, '')}</code>
          {refused && <Tag kind="bad">{a('refused')}</Tag>}
          {place && id !== null ? <a href={addressOf(place, id)}>{about}</a> : <span>{about}</span>}
        </span>
        <small class="dim">
          <When at={act.createdAt} /> · <WhoIs id={act.actorId} />
          {act.keyId !== null && ` ${a('key', { id: act.keyId })}`}
        </small>
      </div>
      {act.reason && <p>{act.reason}</p>}
      <div class="line">
        <details>
          <summary>{a('details')}</summary>
          {act.before && <pre>{`${a('before')}: ${JSON.stringify(act.before, null, 1)}`}</pre>}
          {act.after && <pre>{`${a('after')}: ${JSON.stringify(act.after, null, 1)}`}</pre>}
          {act.requestId && <pre>{`${a('request')}: ${act.requestId}`}</pre>}
          {act.address && <pre>{`${a('address')}: ${act.address}`}</pre>}
          <pre>{`SHA-256: ${act.hash}`}</pre>
        </details>
        <button type="button" class="link" onClick={() => void copyLink(act)}>
          {a('permalink')}
        </button>
        {reversal && (!reversal.superuser || isSuperuser()) && (
          <button type="button" class="link" onClick={onReverse}>
            {a('reverse')}
          </button>
        )}
      </div>
    </li>
  );
}

/** A link to the millisecond of the row, in which it is marked. */
async function copyLink({ id, createdAt }: AuditView): Promise<void> {
  const to = new Date(Date.parse(createdAt) + 1).toISOString();
  const address = addressOf('audit', undefined, { from: createdAt, to, row: `${id}` });
  await navigator.clipboard.writeText(`${location.origin}/console${address}`).then(
    () => tell(a('copied')),
    () => go(address),
  );
}

function isoOf(local: string): string {
  return Number.isNaN(Date.parse(local)) ? '' : new Date(local).toISOString();
}

function localOf(iso: string | undefined): string {
  if (!iso || Number.isNaN(Date.parse(iso))) return '';
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
