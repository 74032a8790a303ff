/**
 * The hooks in use, in the memory of this node, and the asking of them.
 *
 * Invariants, and what breaks without them:
 * - a node that has not read the hooks yet lets no message pass: else a restart would be a way around them;
 * - each node reads them twice a second by itself: a hook holds everywhere within a second;
 * - a hook that fails again and again is not asked for a while, and only so many wait for it at a time: else one slow server makes every room slow.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import { TokenKey } from '../accounts/token.key.js';
import { MOST_TEXT } from '../messaging/message.schema.js';
import { Database } from '../platform/database.js';
import { metrics } from '../platform/metrics.js';
import { mistakeIn } from '../platform/safe-text.js';
import type { HookRow, OnFailure } from './before-send.dto.js';
import { BeforeSendRepository } from './before-send.repository.js';
import { OutgoingClient } from './outgoing.client.js';
import { unseal } from './sealed.js';
import { signedHeaders } from './webhook.signature.js';

const LOOK_MS = 500;
const MOST_UNDER_WAY = 64;
const TIRED_AFTER = 5;
const REST_MS = 5_000;
const MOST_REASON = 500;

const verdict = z.discriminatedUnion('action', [
  z.object({ action: z.literal('allow') }),
  z.object({ action: z.literal('refuse'), reason: z.string().optional() }),
  z.object({ action: z.literal('rewrite'), text: z.string() }),
]);
type Verdict = z.output<typeof verdict> | { action: 'failed'; onFailure: OnFailure };

interface Hook extends Omit<HookRow, 'sealedSecret'> {
  secret: string | undefined;
  underWay: number;
  failures: number;
  restsUntil: number;
}

@Injectable()
export class BeforeSendHooks implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('before-send');
  private hooks: ReadonlyMap<number, Hook> | undefined;
  private reading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly repository: BeforeSendRepository,
    private readonly outgoing: OutgoingClient,
    private readonly key: TokenKey,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.lookSoon();
    this.timer = setInterval(() => void this.lookSoon(), LOOK_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.reading?.catch(() => undefined);
  }

  /** How many there are; undefined until they were read. */
  get count(): number | undefined {
    return this.hooks?.size;
  }

  /** Resolves when every change that was committed before the call holds on this node. */
  async catchUp(): Promise<void> {
    await this.reading?.catch(() => undefined);
    await this.look();
  }

  /** Whether this integrator has a hook. */
  has(integratorId: number): boolean {
    return this.hooks?.has(integratorId) ?? false;
  }

  /** What the hook of this integrator says to an event; `failed` where it says nothing that is understood, or is not asked. */
  async ask(integratorId: number, type: string, data: object): Promise<Verdict> {
    const hook = this.hooks?.get(integratorId);
    if (!hook) return { action: 'allow' };
    if (hook.secret === undefined || hook.restsUntil > performance.now() || hook.underWay >= MOST_UNDER_WAY)
      return told({ action: 'failed', onFailure: hook.onFailure }, 'skipped');
    hook.underWay++;
    try {
      const said = await this.answerOf(hook, hook.secret, type, data);
      hook.failures = 0;
      return told(said);
    } catch {
      if (++hook.failures >= TIRED_AFTER) hook.restsUntil = performance.now() + REST_MS;
      return told({ action: 'failed', onFailure: hook.onFailure });
    } finally {
      hook.underWay--;
    }
  }

  private async answerOf(hook: Hook, secret: string, type: string, data: object): Promise<Verdict> {
    const id = `hook_${randomUUID()}`;
    const body = JSON.stringify({ id, type, timestamp: new Date().toISOString(), data });
    const headers = signedHeaders(id, body, [secret]);
    const patience = hook.timeoutMs;
    const answer = await this.outgoing.ask(hook.url, { method: 'POST', headers, body, patience });
    if (answer.status === 204) return { action: 'allow' };
    if (answer.status !== 200 || answer.cut) throw new Error('no verdict');
    const said = verdict.parse(JSON.parse(answer.body));
    const mistake =
      said.action === 'rewrite'
        ? mistakeIn(said.text, { least: 1, most: MOST_TEXT })
        : said.action === 'refuse' && said.reason !== undefined && mistakeIn(said.reason, { most: MOST_REASON });
    if (mistake) throw new Error(mistake);
    return said;
  }

  private async lookSoon(): Promise<void> {
    await this.look().catch((error: unknown) => this.logger.warn({ error: String(error) }, 'hooks cannot be read'));
  }

  private look(): Promise<void> {
    return (this.reading ??= this.read().finally(() => (this.reading = undefined)));
  }

  private async read(): Promise<void> {
    const rows = await this.repository.inUse(this.database);
    this.hooks = new Map(rows.map((row) => [row.integratorId, this.kept(row) ?? this.hookOf(row)]));
  }

  private kept({ integratorId, changedAt }: HookRow): Hook | undefined {
    const known = this.hooks?.get(integratorId);
    return known?.changedAt.getTime() === changedAt.getTime() ? known : undefined;
  }

  private hookOf({ sealedSecret, ...row }: HookRow): Hook {
    return { ...row, secret: unseal(this.key.key, sealedSecret), underWay: 0, failures: 0, restsUntil: 0 };
  }
}

function told(said: Verdict, outcome: string = said.action): Verdict {
  metrics.beforeSend.labels(outcome).inc();
  return said;
}
