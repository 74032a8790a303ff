import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { BesedkaClient, type DeliveryView, memoryStorage, type WebhookView } from '../../client/index.js';
import { Form } from '../shared/form.js';
import { complain, tell } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { useAnswer, usePages } from './pages.js';
import { Choice, Failure, Heading, ListEnd, Tag, When } from './parts.js';
import { c } from './words.js';
import { x } from './webhooks-words.js';

const STATES = ['', 'pending', 'delivered', 'parked', 'dropped'] as const;
type State = (typeof STATES)[number];
/** As many positions as one replay takes. */
const MOST_REPLAYED = 10_000;

/** Speaks for a server by its key; it is kept in memory alone, because a key lives longer than a session and belongs to somebody else. */
const server = signal<BesedkaClient | undefined>(undefined);

/** Webhooks of one server: what waits, what failed, and delivering it again. */
export function Webhooks() {
  const speaker = server.value;
  return (
    <div class="place">
      <div class="place-head">
        <Heading>{c('webhooks')}</Heading>
        {speaker && (
          <button type="button" onClick={() => (server.value = undefined)}>
            {x('key.forget')}
          </button>
        )}
      </div>
      {speaker ? <List speaker={speaker} /> : <KeyForm />}
    </div>
  );
}

function KeyForm() {
  const submit = async ({ key = '' }: Record<string, string>) => {
    const given = { getToken: () => key.trim() };
    const speaker = new BesedkaClient({ url: location.origin, credentials: given, storage: memoryStorage() });
    await speaker.call('listWebhooks', {});
    server.value = speaker;
  };
  return (
    <div class="narrow">
      <p>{x('key.lead')}</p>
      <Form action={x('key.open')} onSubmit={submit}>
        <label>
          {x('key')}
          <input name="key" type="password" autocomplete="off" spellcheck={false} maxLength={200} required />
          <small class="dim">{x('key.kept')}</small>
        </label>
      </Form>
    </div>
  );
}

function List({ speaker }: { speaker: BesedkaClient }) {
  const { value, failure, again } = useAnswer<{ items: WebhookView[] }>('all', () => speaker.call('listWebhooks', {}));
  if (failure !== undefined) return <Failure error={failure} again={again} />;
  if (!value) return <p class="dim">{t('loading')}</p>;
  if (value.items.length === 0) return <p class="empty">{x('none')}</p>;
  return (
    <>
      {value.items.map((hook) => (
        <Hook key={hook.id} hook={hook} speaker={speaker} onChange={again} />
      ))}
    </>
  );
}

interface HookProps {
  hook: WebhookView;
  speaker: BesedkaClient;
  onChange: () => void;
}

function Hook({ hook, speaker, onChange }: HookProps) {
  const [state, setState] = useState<State>('');
  const path = { webhookId: hook.id };
  const pages = usePages<DeliveryView>(`${hook.id} ${state}`, (cursor) =>
    speaker.call('listWebhookDeliveries', {
      path,
      query: { limit: 20, ...(state && { state }), ...(cursor && { cursor }) },
    }),
  );
  const replay = (body: { from: number; to?: number; parkedOnly?: boolean }) =>
    speaker.call('replayWebhook', { path, body }).then(({ queued }) => {
      tell(x.count('replayed', queued));
      pages.again();
      onChange();
    }, complain);
  const replayAll = async () => {
    const newest = await speaker.call('listWebhookDeliveries', { path, query: { limit: 1, state: 'parked' } });
    const to = newest.items[0]?.position;
    if (to !== undefined) await replay({ from: Math.max(1, to - MOST_REPLAYED + 1), to, parkedOnly: true });
  };
  const test = () =>
    speaker
      .call('testWebhook', { path })
      .then(
        ({ ok, status, error, milliseconds }) =>
          ok
            ? tell(x('test.ok', { status: status ?? '', ms: milliseconds }))
            : tell(x('test.bad', { why: whyOf(error, status) }), true),
        complain,
      );
  return (
    <section class="hook" aria-labelledby={`hook-${hook.id}`}>
      <div class="line">
        <h3 id={`hook-${hook.id}`}>
          {hook.name || `#${hook.id}`} <small class="dim">{hook.url}</small>
        </h3>
        <span class="tags">
          <Tag kind={hook.enabled ? 'good' : 'wait'}>
            {hook.enabled ? x('on') : hook.disabledReason === 'gone' ? x('gone') : x('off')}
          </Tag>
          {hook.failures > 0 && <Tag kind="bad">{x.count('failing', hook.failures)}</Tag>}
          {hook.pending > 0 && <Tag kind="wait">{x.count('pending', hook.pending)}</Tag>}
          {hook.parked > 0 && <Tag kind="bad">{x.count('parked', hook.parked)}</Tag>}
        </span>
        <button type="button" onClick={() => void test()}>
          {x('test')}
        </button>
        {hook.parked > 0 && (
          <button type="button" onClick={() => void replayAll().catch(complain)}>
            {x('replay.all')}
          </button>
        )}
      </div>
      <div class="filters">
        <Choice
          label={x('state')}
          value={state}
          options={STATES.map((one) => [one, x(`state.${one}`)] as const)}
          onChoose={setState}
        />
      </div>
      <ul class="plain">
        {pages.items?.map((one) => (
          <li key={one.position}>
            <div class="line">
              <span class="tags">
                <code>{one.type}</code>
                <Tag kind={one.state === 'delivered' ? 'good' : one.state === 'pending' ? 'wait' : 'bad'}>
                  {x(`state.${one.state}`)}
                </Tag>
                <small class="dim">
                  {one.eventId} · {x.count('attempts', one.attempts)}
                  {one.lastError && ` · ${whyOf(one.lastError, one.lastStatus)}`}
                </small>
              </span>
              {one.lastAttemptAt && (
                <small class="dim">
                  <When at={one.lastAttemptAt} />
                </small>
              )}
              {one.nextAttemptAt && (
                <small class="dim">
                  {x('next')} <When at={one.nextAttemptAt} />
                </small>
              )}
              <button type="button" class="link" onClick={() => void replay({ from: one.position })}>
                {x('replay')}
              </button>
            </div>
          </li>
        ))}
      </ul>
      <ListEnd pages={pages} empty={x('deliveries.none')} />
    </section>
  );
}

const ERRORS = ['status', 'timeout', 'connection', 'not-allowed', 'secret'] as const;

function whyOf(error: string | null, status: number | null): string {
  const known = ERRORS.find((one) => one === error);
  return known ? x(`error.${known}`, { status: status ?? '' }) : (error ?? '');
}
