import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import { TokenKey } from '../accounts/token.key.js';
import { audit } from '../platform/audit.js';
import { Database } from '../platform/database.js';
import { Problem } from '../platform/problems.js';
import { Integrators } from './integrators.service.js';
import { JwksClient } from './jwks.client.js';
import { PersonTokens } from './person-tokens.service.js';
import { seal, unseal } from './sealed.js';
import { keyObjectOf } from './signed-tokens.service.js';
import { type SetSigning, type SigningKey, type SigningRow, type SigningView, viewOfSigning } from './signing.dto.js';
import { SigningRepository } from './signing.repository.js';

/** How an integrator signs the tokens of its people. What was signed with a key that is taken away ends at once. */
@Injectable()
export class SigningService {
  constructor(
    private readonly database: Database,
    private readonly integrators: Integrators,
    private readonly signing: SigningRepository,
    private readonly tokens: PersonTokens,
    private readonly jwks: JwksClient,
    private readonly key: TokenKey,
  ) {}

  async one(actor: Actor): Promise<SigningView> {
    const { id } = await this.integrators.itself(actor);
    const row = await this.signing.of(this.database, id);
    if (!row) throw new Problem('integrator/no-signing');
    return viewOfSigning(row);
  }

  async set(actor: Actor, request: SetSigning): Promise<SigningView> {
    const { id: integratorId } = await this.integrators.itself(actor);
    const { kind, audience, keys = [], jwksUrl } = request;
    refuseMistakes(request);
    if (jwksUrl !== undefined) await this.jwks.keysFor(jwksUrl);
    const kids = keys.map(({ kid }) => kid);
    const sealedKeys = kind === 'jwks' ? null : seal(this.key.key, JSON.stringify(keys));
    const { row, kept } = await this.database.write(async (tx) => {
      const before = await this.signing.of(tx, integratorId);
      const fresh = { integratorId, kind, audience, jwksUrl: jwksUrl ?? null, kids, sealedKeys };
      if (!(await this.signing.set(tx, fresh))) throw new Problem('integrator/audience-taken');
      const after = { kind, audience, kids, jwksUrl };
      await audit(tx, { by: actor, action: 'signing.set', target: ['integrator', integratorId], after });
      return { row: (await this.signing.of(tx, integratorId))!, kept: this.unchanged(before, request) };
    });
    if (kept !== 'all') await this.tokens.endOpen(integratorId, { kids: kept });
    return viewOfSigning(row);
  }

  async remove(actor: Actor): Promise<void> {
    const { id: integratorId } = await this.integrators.itself(actor);
    await this.database.write(async (tx) => {
      await this.signing.delete(tx, integratorId);
      await audit(tx, { by: actor, action: 'signing.remove', target: ['integrator', integratorId] });
    });
    await this.tokens.endOpen(integratorId, { kids: [] });
  }

  /** The kids whose tokens stay good, because they are checked as they were before. */
  private unchanged(
    before: SigningRow | undefined,
    { kind, audience, keys = [], jwksUrl }: SetSigning,
  ): 'all' | string[] {
    if (before?.kind !== kind || before.audience !== audience) return [];
    if (kind === 'jwks') return before.jwksUrl === jwksUrl ? 'all' : [];
    const former = JSON.parse((before.sealedKeys && unseal(this.key.key, before.sealedKeys)) ?? '[]') as SigningKey[];
    const same = (one: SigningKey) => former.some(({ kid, key }) => kid === one.kid && key === one.key);
    return keys.filter(same).map(({ kid }) => kid);
  }
}

function refuseMistakes({ kind, keys = [], jwksUrl }: SetSigning): void {
  const mistakes: { pointer: string; message: string }[] = [];
  if (kind === 'jwks' && keys.length > 0) mistakes.push({ pointer: '#/keys', message: 'is not for jwks' });
  if (kind !== 'jwks' && jwksUrl !== undefined) mistakes.push({ pointer: '#/jwksUrl', message: 'is only for jwks' });
  if (jwksUrl !== undefined && !URL.canParse(jwksUrl))
    mistakes.push({ pointer: '#/jwksUrl', message: 'must be an address' });
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    mistakes.push({ pointer: '#/keys', message: 'must not repeat a kid' });
  keys.forEach(({ key }, index) => {
    if (kind !== 'jwks' && !keyObjectOf(kind, key))
      mistakes.push({ pointer: `#/keys/${index}/key`, message: `must be a key for ${kind} in PEM` });
  });
  if (mistakes.length > 0) throw new Problem('request/invalid', { errors: mistakes });
}
