import { useEffect, useRef, useState } from 'preact/hooks';
import type { CaseView } from '../../client/index.js';
import { complain } from '../shared/toast.js';
import { client, isSuperuser, me } from '../shared/session.js';
import { CaseDetail } from './case.js';
import { decideNow, decideSoon, undoLatest, waiting } from './decisions.js';
import { ago, Choice, Heading, ListEnd, Tag } from './parts.js';
import { filter, type QueueFilter, useQueue } from './queue.js';
import { addressOf, go, route } from './route.js';
import { useKeys } from './shortcuts.js';
import { type Act, actsOn, requestOf } from './acts.js';
import { KeysDialog } from './keys-dialog.js';
import { c, said } from './words.js';

/** The queue of reports: a list to walk, and the case that is open. */
export function Reports() {
  const { pages, cases } = useQueue();
  const [showsKeys, setShowsKeys] = useState(false);
  const openId = route.value.id;
  const detail = useRef<HTMLElement>(null);
  const at = cases.findIndex(({ id }) => id === openId);
  const open = cases[at];
  const show = (one: CaseView | undefined) => go(addressOf('reports', one?.id), true);
  const walk = (step: number) => show(cases[at < 0 ? 0 : Math.min(Math.max(at + step, 0), cases.length - 1)]);

  const decide = (about: CaseView, act: Act, reason: string, chosen?: Partial<ReturnType<typeof requestOf>>) => {
    decideSoon(about, { ...requestOf(act, reason), ...chosen });
    show(cases[at + 1] ?? cases[at - 1]);
    detail.current?.focus();
  };
  const undo = () => {
    const id = undoLatest();
    if (id !== undefined) go(addressOf('reports', id), true);
    detail.current?.focus();
  };
  const claim = () => {
    if (!open) return;
    const path = { caseId: open.id };
    const mine = open.claim?.by.id === me.value?.id;
    const call = mine
      ? client.call('releaseCase', { path })
      : client.call('claimCase', { path, body: { takeOver: open.claim !== null } });
    (call as Promise<unknown>).then(pages.again, complain);
  };
  const press = (act: Act) => () => {
    if (open && actsOn(open, isSuperuser()).includes(act))
      document.querySelector<HTMLElement>(`[data-act="${act}"]`)?.click();
  };
  useKeys({
    J: () => walk(1),
    K: () => walk(-1),
    D: press('dismiss'),
    X: () => (open?.target.type === 'held_message' ? press('discard') : press('delete_message'))(),
    W: press('warn'),
    M: press('mute'),
    B: press('block'),
    R: () => (open?.target.type === 'held_message' ? press('release') : press('restore'))(),
    C: claim,
    U: waiting.value.length > 0 ? undo : undefined,
    '?': () => setShowsKeys(true),
  });
  useEffect(() => {
    document.querySelector('.queue [aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [openId]);

  return (
    <div class={openId === undefined ? 'split' : 'split chosen'}>
      <section class="queue" aria-labelledby="queue-title">
        <div class="place-head">
          <Heading>
            <span id="queue-title">{c('reports')}</span>
          </Heading>
          <button type="button" onClick={() => setShowsKeys(true)}>
            {c('keys')}
          </button>
        </div>
        <Filters />
        <ul class="rows">
          {cases.map((one) => (
            <CaseRow key={one.id} one={one} current={one.id === openId} />
          ))}
        </ul>
        <ListEnd
          pages={{ ...pages, items: pages.items && cases }}
          empty={filter.value.type || filter.value.claimed ? c('queue.none') : c('queue.empty')}
        />
      </section>
      <section
        class="detail"
        ref={detail}
        tabIndex={-1}
        aria-label={openId ? c('case', { id: openId }) : c('case.none')}
      >
        {openId === undefined ? (
          <p class="empty">{c('queue.choose')}</p>
        ) : (
          <CaseDetail
            key={openId}
            caseId={openId}
            version={open ? `${open.reportCount} ${open.claim?.by.id ?? ''} ${open.state}` : ''}
            onDecide={decide}
            onClaim={claim}
          />
        )}
      </section>
      <UndoBar onUndo={undo} />
      {showsKeys && <KeysDialog onClose={() => setShowsKeys(false)} />}
    </div>
  );
}

function Filters() {
  const set = (changed: Partial<QueueFilter>) => (filter.value = { ...filter.value, ...changed });
  const { state, type, claimed, order } = filter.value;
  return (
    <div class="filters">
      <Choice
        label={c('state')}
        value={state}
        options={(['open', 'decided'] as const).map((one) => [one, c(`state.${one}`)] as const)}
        onChoose={(chosen) => set({ state: chosen })}
      />
      <Choice
        label={c('about')}
        value={type}
        options={[
          ['', c('everything')],
          ...(['message', 'room', 'account', 'held_message'] as const).map((one) => [one, c(`type.${one}`)] as const),
        ]}
        onChoose={(chosen) => set({ type: chosen })}
      />
      {state === 'open' && (
        <>
          <Choice
            label={c('claimed')}
            value={claimed}
            options={[
              ['', c('claimed.any')],
              ...(['mine', 'others', 'nobody'] as const).map((one) => [one, c(`claimed.${one}`)] as const),
            ]}
            onChoose={(chosen) => set({ claimed: chosen })}
          />
          <Choice
            label={c('order')}
            value={order}
            options={(['reports', 'oldest'] as const).map((one) => [one, c(`order.${one}`)] as const)}
            onChoose={(chosen) => set({ order: chosen })}
          />
        </>
      )}
    </div>
  );
}

function CaseRow({ one, current }: { one: CaseView; current: boolean }) {
  const mine = one.claim?.by.id === me.value?.id;
  return (
    <li>
      <a class="row" href={addressOf('reports', one.id)} aria-current={current ? 'true' : undefined}>
        <span class="row-top">
          <b>{one.account?.username ?? said('type', one.target.type)}</b>
          <small class="dim">{ago(one.ageSeconds)}</small>
        </span>
        <span class="excerpt">{one.excerpt}</span>
        <span class="tags">
          <Tag>{said('type', one.target.type)}</Tag>
          <Tag kind="bad">{c.count('reports.count', one.reportCount)}</Tag>
          {one.reasons.slice(0, 2).map(({ reason }) => (
            <Tag key={reason}>{said('reason', reason)}</Tag>
          ))}
          {one.claim && (
            <Tag kind={mine ? 'good' : 'wait'}>
              {mine ? c('claim.mine') : c('claim.by', { name: one.claim.by.username })}
            </Tag>
          )}
          {one.decision && <Tag kind="good">{said('decide', one.decision.action)}</Tag>}
        </span>
      </a>
    </li>
  );
}

/** What waits to be undone. It is said once; the running line is for the eye. */
function UndoBar({ onUndo }: { onUndo: () => void }) {
  const latest = waiting.value.at(-1);
  return (
    <div class="undo-place" role="status">
      {latest && (
        <div class="undo" key={latest.about.id}>
          <span class="undo-line" aria-hidden="true" />
          <span>
            {latest.request.action === 'dismiss'
              ? c('pending.dismiss', { id: latest.about.id })
              : c('pending.other', {
                  action: said('decide', latest.request.action),
                  id: latest.about.id,
                  name: latest.about.account?.username ?? '',
                })}
          </span>
          <button type="button" onClick={onUndo}>
            {c('undo')} <kbd>U</kbd>
          </button>
          <button type="button" onClick={() => void decideNow(latest.about.id)}>
            {c('send-now')}
          </button>
        </div>
      )}
    </div>
  );
}
