import { useState } from 'preact/hooks';
import type { BlockView, CaseView, PublicAccountView, SanctionRecordView } from '../../client/index.js';
import { Confirm } from '../shared/dialog.js';
import { client, isSuperuser, me } from '../shared/session.js';
import { complain, tell } from '../shared/toast.js';
import { t } from '../shared/words.js';
import { BlockDialog } from './block-dialog.js';
import { type Answer, useAnswer, usePages } from './pages.js';
import { Failure, Heading, ListEnd, Tag, When, WhoIs } from './parts.js';
import { DeleteDialog, RoleDialog, WarnDialog } from './person-dialogs.js';
import { p } from './people-words.js';
import { addressOf } from './route.js';
import { c, said } from './words.js';

type Asked = 'block' | 'warn' | 'delete' | 'role';

/** Everything that moderators know of one person, and what they may do about him. */
export function PersonPage({ accountId }: { accountId: number }) {
  const {
    value: account,
    failure,
    again,
  }: Answer<PublicAccountView> = useAnswer(`${accountId}`, () => client.call('getAccount', { path: { accountId } }));
  const [version, setVersion] = useState(0);
  const [asked, setAsked] = useState<Asked>();
  if (failure !== undefined)
    return (
      <div class="place">
        <Failure error={failure} again={again} />
      </div>
    );
  if (!account) return <p class="empty">{t('loading')}</p>;
  const close = () => {
    setAsked(undefined);
    setVersion(version + 1);
  };
  const self = accountId === me.value?.id;
  const dialog = { account, onClose: close };
  return (
    <div class="place">
      <a class="to-list" href={addressOf('people')}>
        {c('back')}
      </a>
      <div class="place-head">
        <Heading>
          {account.username}{' '}
          <small class="dim">
            {account.firstName} {account.lastName} #{account.id}
          </small>
        </Heading>
        {self ? (
          <span class="dim">{p('self.hint')}</span>
        ) : (
          <div class="acts">
            <button type="button" class="danger" onClick={() => setAsked('block')}>
              {p('block')}
            </button>
            {(['warn', 'delete'] as const).map((one) => (
              <button key={one} type="button" onClick={() => setAsked(one)}>
                {p(one)}
              </button>
            ))}
            {isSuperuser() && (
              <button type="button" onClick={() => setAsked('role')}>
                {p('role')}
              </button>
            )}
          </div>
        )}
      </div>
      <Blocks account={account} version={version} />
      {!self && <History accountId={accountId} version={version} />}
      {!self && <Cases accountId={accountId} />}
      <p>
        <a href={addressOf('audit', undefined, { target: `account:${accountId}` })}>{p('log')}</a>
      </p>
      {asked === 'block' && (
        <BlockDialog
          {...dialog}
          onBlock={async (chosen) => {
            await client.call('blockAccount', { body: { accountId, ...chosen } });
            tell(p('block.done', { name: account.username }));
          }}
        />
      )}
      {asked === 'warn' && <WarnDialog {...dialog} />}
      {asked === 'delete' && <DeleteDialog {...dialog} />}
      {asked === 'role' && <RoleDialog {...dialog} />}
    </div>
  );
}

function Blocks({ account, version }: { account: PublicAccountView; version: number }) {
  const [lifting, setLifting] = useState<BlockView>();
  const pages = usePages<BlockView>(`${account.id} ${version}`, (cursor) =>
    client.call('listBlocks', { query: { accountId: account.id, limit: 20, ...(cursor && { cursor }) } }),
  );
  const lift = (blockId: number) =>
    client.call('liftBlock', { path: { blockId } }).then(() => {
      tell(p('lifted'));
      pages.again();
    }, complain);
  return (
    <section>
      <h3>{p('blocks')}</h3>
      <ul class="plain">
        {pages.items?.map((block) => (
          <li key={block.id}>
            <div class="line">
              <span>
                <span class="tags">
                  <Tag kind={block.active ? 'bad' : ''}>{p(`mode.${block.mode}`)}</Tag>
                  <b>{block.scope === 'global' ? p('everywhere') : p('in.room', { room: `#${block.scope}` })}</b>
                  <small class="dim">
                    <When at={block.createdAt} /> · {p('by')} <WhoIs id={block.createdBy} />
                  </small>
                </span>
                <p>{block.reason}</p>
                <small class="dim">
                  {block.liftedAt ? (
                    <>
                      {p('state.lifted')}: <When at={block.liftedAt} />
                    </>
                  ) : block.expiresAt ? (
                    <>
                      {p('until')} <When at={block.expiresAt} />
                    </>
                  ) : (
                    p('duration.ever')
                  )}
                </small>
              </span>
              {block.active && account.id !== me.value?.id && (
                <button type="button" onClick={() => setLifting(block)}>
                  {p('lift')}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      <ListEnd pages={pages} empty={p('blocks.none')} />
      {lifting && (
        <Confirm
          title={p('lift.title', { name: account.username })}
          text={p('lift.text')}
          action={p('lift')}
          onConfirm={() => void lift(lifting.id)}
          onClose={() => setLifting(undefined)}
        />
      )}
    </section>
  );
}

function History({ accountId, version }: { accountId: number; version: number }) {
  const pages = usePages<SanctionRecordView>(`${accountId} ${version}`, (cursor) =>
    client.call('listSanctionsOf', { path: { accountId }, query: { limit: 20, ...(cursor && { cursor }) } }),
  );
  return (
    <section>
      <h3>{p('history')}</h3>
      <Sanctions items={pages.items ?? []} />
      <ListEnd pages={pages} empty={p('history.none')} />
    </section>
  );
}

/** What was decided about a person, as a list. */
export function Sanctions({ items }: { items: readonly SanctionRecordView[] }) {
  return (
    <ul class="plain">
      {items.map((one) => (
        <li key={one.id}>
          <span class="tags">
            <Tag kind={one.state === 'in_force' ? 'bad' : ''}>
              {one.kind === 'block' ? p(`mode.${one.mode!}`) : p(`kind.${one.kind}`)}
            </Tag>
            <small class="dim">
              {p(`state.${one.state}`)} · <When at={one.decidedAt} /> · {p('by')} <WhoIs id={one.decidedBy} />
            </small>
          </span>
          {one.reason && <p>{one.reason}</p>}
        </li>
      ))}
    </ul>
  );
}

function Cases({ accountId }: { accountId: number }) {
  const pages = usePages<CaseView>(`${accountId}`, async (cursor) => {
    const query = { accountId, limit: 20, ...(cursor && { cursor }) };
    return client.call('listCases', { query });
  });
  return (
    <section>
      <h3>{p('cases')}</h3>
      <ul class="plain">
        {pages.items?.map((one) => (
          <li key={one.id}>
            <span class="tags">
              <a href={addressOf('reports', one.id)}>{c('case', { id: one.id })}</a>
              <Tag kind="bad">{c.count('reports.count', one.reportCount)}</Tag>
              <span>{said('type', one.target.type)}</span>
            </span>
            <p>{one.excerpt}</p>
          </li>
        ))}
      </ul>
      <ListEnd pages={pages} empty={p('cases.none')} />
    </section>
  );
}
