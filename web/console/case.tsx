import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { CaseDetailView, CaseView, DecideCase, MessageView } from '../../client/index.js';
import { client, isSuperuser, me } from '../shared/session.js';
import { type Act, actsOn, KEY_OF, proposedReason } from './acts.js';
import { BlockDialog } from './block-dialog.js';
import { useAnswer } from './pages.js';
import { Failure, Tag, When, Who } from './parts.js';
import { Sanctions } from './person.js';
import { addressOf } from './route.js';
import { c, said } from './words.js';
import { t } from '../shared/words.js';

const MOST_REASON = 512;

interface CaseDetailProps {
  caseId: number;
  /** Changes when the case is to be read again. */
  version: string;
  onDecide: (about: CaseView, act: Act, reason: string, chosen?: Partial<DecideCase>) => void;
  onClaim: () => void;
}

/** A case with everything that a decision needs, and the decisions. */
export function CaseDetail({ caseId, version, onDecide, onClaim }: CaseDetailProps) {
  const { value, failure, again } = useAnswer<CaseDetailView>(`${caseId} ${version}`, () =>
    client.call('getCase', { path: { caseId } }),
  );
  const [last, setLast] = useState<CaseDetailView>();
  if (value && value !== last) setLast(value);
  const shown = value ?? last;
  if (failure !== undefined) return <Failure error={failure} again={again} />;
  if (!shown) return <p class="dim">{t('loading')}</p>;
  return (
    <>
      <a class="back" href={addressOf('reports')}>
        {c('back')}
      </a>
      <header class="place-head">
        <h2 class="place-title">
          {c('case', { id: caseId })} <small class="dim">{said('type', shown.target.type)}</small>
        </h2>
        {shown.decision === null && <Claim about={shown} onClaim={onClaim} />}
      </header>
      <blockquote class="quote">
        <p>{shown.reports[0]?.snapshot ?? shown.excerpt}</p>
        {shown.account && (
          <footer>
            <Who account={shown.account} /> · <When at={shown.openedAt} />
          </footer>
        )}
      </blockquote>
      {shown.decision ? <Decided about={shown} /> : <Decisions about={shown} onDecide={onDecide} />}
      <Reported about={shown} />
      <Context about={shown} />
      <Record about={shown} />
    </>
  );
}

function Claim({ about, onClaim }: { about: CaseView; onClaim: () => void }) {
  const mine = about.claim?.by.id === me.value?.id;
  return (
    <div class="tags">
      {about.claim && (
        <Tag kind={mine ? 'good' : 'wait'}>
          {mine ? c('claim.mine') : c('claim.by', { name: about.claim.by.username })}
        </Tag>
      )}
      <button type="button" onClick={onClaim}>
        {about.claim ? (mine ? c('release') : c('take-over')) : c('claim')} <kbd>C</kbd>
      </button>
    </div>
  );
}

function Decided({ about: { decision } }: { about: CaseView }) {
  if (!decision) return null;
  return (
    <div class="notice">
      <p>{c('case.decided', { name: decision.by.username, action: said('decide', decision.action) })}</p>
      <p class="dim">
        {decision.reason} · <When at={decision.decidedAt} />
      </p>
    </div>
  );
}

function Decisions({ about, onDecide }: Pick<CaseDetailProps, 'onDecide'> & { about: CaseView }) {
  const [reason, setReason] = useState(() => proposedReason(about));
  const [choosing, setChoosing] = useState(false);
  const decide = (act: Act, chosen?: Partial<DecideCase>) =>
    onDecide(about, act, act === 'dismiss' ? c('dismissed.reason') : reason.trim() || proposedReason(about), chosen);
  const short = (act: Act) => (act === 'mute' || act === 'block' ? c(`decide.${act}.short`) : c(`decide.${act}`));
  return (
    <section class="decisions" aria-label={c('decisions')}>
      <label>
        {c('reason')}
        <input value={reason} maxLength={MOST_REASON} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
        <small class="dim">{c('reason.told')}</small>
      </label>
      <div class="acts">
        {actsOn(about, isSuperuser()).map((act) => (
          <button
            key={act}
            type="button"
            data-act={act}
            class={act === 'block' ? 'danger' : ''}
            onClick={() => decide(act)}
          >
            {short(act)} <kbd>{KEY_OF[act]}</kbd>
          </button>
        ))}
        {about.account && (
          <button type="button" onClick={() => setChoosing(true)}>
            {c('decide.other')}
          </button>
        )}
      </div>
      {choosing && about.account && (
        <BlockDialog
          account={about.account}
          begin={{ reason: reason.trim(), scope: 'global' }}
          onBlock={({ mode, ...chosen }) =>
            decide(mode === 'mute' ? 'mute' : 'block', mode === 'mute' ? chosen : { ...chosen, mode })
          }
          onClose={() => setChoosing(false)}
        />
      )}
    </section>
  );
}

function Reported({ about }: { about: CaseDetailView }) {
  return (
    <section>
      <h3>{c('case.reports')}</h3>
      <ul class="plain">
        {about.reports.map((report) => (
          <li key={report.id}>
            <span class="tags">
              <Tag kind="bad">{said('reason', report.reason)}</Tag>
              {report.reporter ? <Who account={report.reporter} /> : <span>{c('case.filter')}</span>}
              <small class="dim">
                <When at={report.createdAt} />
              </small>
            </span>
            {report.text && <p>{report.text}</p>}
            {report.snapshot !== about.reports[0]?.snapshot && <p class="quote">{report.snapshot}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Context({ about: { target, context } }: { about: CaseDetailView }) {
  if (target.type !== 'message') return null;
  return (
    <section>
      <h3>
        {c('case.context')} {target.roomId !== null && <a href={addressOf('rooms', target.roomId)}>#{target.roomId}</a>}
      </h3>
      {context === null ? (
        <p class="dim">{c('case.closed')}</p>
      ) : (
        <>
          <p class="dim">{c('case.recorded')}</p>
          <ol class="talk">
            {context.map((message) => (
              <Line key={message.id} message={message} marked={message.id === target.id} />
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

interface LineProps {
  message: MessageView;
  marked?: boolean;
  /** What may be done about it. */
  children?: ComponentChildren;
}

/** One message as moderators read it. */
export function Line({ message, marked = false, children }: LineProps) {
  return (
    <li class={marked ? 'marked' : ''}>
      <span class="row-top">
        <Who account={message.author} />
        {children}
        <small class="dim">
          <When at={message.createdAt} />
          {message.editedAt && ` · ${c('edited')}`}
        </small>
      </span>
      {message.deletedAt ? <em class="dim">{c('deleted')}</em> : <p class="said">{message.text}</p>}
    </li>
  );
}

function Record({ about: { record, account } }: { about: CaseDetailView }) {
  if (!record || !account) return null;
  const { sanctions, decisions, openCases } = record;
  return (
    <section>
      <h3>{c('case.record', { name: account.username })}</h3>
      {openCases > 0 && <p>{c.count('case.others', openCases)}</p>}
      {sanctions.length + decisions.length === 0 && <p class="dim">{c('case.record.none')}</p>}
      <Sanctions items={sanctions} />
      <ul class="plain">
        {decisions.map(({ caseId, decision }) => (
          <li key={`case ${caseId}`}>
            <a href={addressOf('reports', caseId)}>{c('case', { id: caseId })}</a>: {said('decide', decision.action)} ·{' '}
            <When at={decision.decidedAt} />
          </li>
        ))}
      </ul>
    </section>
  );
}
