import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ModerationHealthView } from '../../client/index.js';
import { client } from '../shared/session.js';
import { t } from '../shared/words.js';
import { h } from './health-words.js';
import { ago, Choice, Failure, Heading, Tag, When } from './parts.js';
import { Plot } from './plot.js';
import { c } from './words.js';

const AGAIN_MS = 30_000;
const MOST_SAMPLES = 240;
const SPANS = ['24', '72', '168'] as const;

interface Sample {
  at: number;
  connected: number;
}

/** Connections are not kept by the service: the page remembers what it has seen. */
const seen = signal<readonly Sample[]>([]);

/** How moderation and the service are doing, looked at every half minute. */
export function Health() {
  const [hours, setHours] = useState<(typeof SPANS)[number]>('24');
  const [health, setHealth] = useState<ModerationHealthView>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    let gone = false;
    const look = () =>
      client.call('getModerationHealth', { query: { hours: Number(hours) } }).then(
        (value) => {
          if (gone) return;
          setFailure(undefined);
          setHealth(value);
          seen.value = [
            ...seen.value.slice(1 - MOST_SAMPLES),
            { at: Date.parse(value.at), connected: value.connectedAccounts },
          ];
        },
        (error: unknown) => !gone && setFailure(error),
      );
    void look();
    const timer = setInterval(() => document.hidden || void look(), AGAIN_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [hours]);
  return (
    <div class="place">
      <div class="place-head">
        <Heading>{c('health')}</Heading>
        <Choice
          label={h('hours')}
          value={hours}
          options={SPANS.map((one) => [one, h(`hours.${one}`)] as const)}
          onChoose={setHours}
        />
      </div>
      {failure !== undefined && <Failure error={failure} />}
      {health ? (
        <>
          <Now health={health} />
          <Plots health={health} />
          <Nodes health={health} />
        </>
      ) : (
        failure === undefined && <p class="dim">{t('loading')}</p>
      )}
    </div>
  );
}

function Now({ health }: { health: ModerationHealthView }) {
  const { openCases, longestWaitSeconds, connectedAccounts } = health;
  const facts: readonly (readonly [string, string])[] = [
    [h('waiting'), `${openCases}`],
    [h('longest'), longestWaitSeconds === null ? '–' : ago(longestWaitSeconds)],
    [h('connected'), `${connectedAccounts}`],
  ];
  return (
    <section aria-label={h('now')}>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Plots({ health }: { health: ModerationHealthView }) {
  const { hours, minutes } = health;
  const samples = seen.value;
  const plots = useMemo(() => {
    const byHour = hours.map(({ at }) => Date.parse(at));
    return [
      {
        id: 'cases' as const,
        times: byHour,
        series: [
          { label: h('opened'), values: hours.map(({ opened }) => opened) },
          { label: h('decided'), values: hours.map(({ decided }) => decided) },
        ],
      },
      {
        id: 'time' as const,
        times: byHour,
        series: [
          {
            label: h('minutes'),
            values: hours.map(({ decisionSeconds: one }) => (one === null ? null : Math.round(one / 6) / 10)),
          },
        ],
      },
      {
        id: 'messages' as const,
        times: minutes.map(({ at }) => Date.parse(at)),
        series: [{ label: h('messages'), values: minutes.map(({ messages }) => messages) }],
      },
      {
        id: 'sockets' as const,
        times: samples.map(({ at }) => at),
        series: [{ label: h('people'), values: samples.map(({ connected }) => connected) }],
      },
    ];
  }, [health, samples]);
  return (
    <div class="plots">
      {plots.map(({ id, ...plot }) => (
        <Plot key={id} title={h(`plot.${id}`)} hint={h(`plot.${id}.hint`)} {...plot} />
      ))}
    </div>
  );
}

function Nodes({ health: { nodes } }: { health: ModerationHealthView }) {
  if (nodes.length === 0) return <p class="empty">{h('nodes.none')}</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={h('nodes')}>
      <table>
        <caption>
          <h3>{h('nodes')}</h3>
        </caption>
        <thead>
          <tr>
            <th scope="col">{h('node')}</th>
            <th scope="col">{h('state')}</th>
            <th scope="col">{h('people')}</th>
            <th scope="col">{h('seen')}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ id, alive, accounts, seenAt }) => (
            <tr key={id}>
              <th scope="row">
                <code>{id.slice(0, 8)}</code>
              </th>
              <td>
                <Tag kind={alive ? 'good' : 'bad'}>{alive ? h('alive') : h('silent')}</Tag>
              </td>
              <td>{accounts}</td>
              <td>
                <When at={seenAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
