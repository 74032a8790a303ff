import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsObject,
  Matches,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { SafeText } from '../platform/safe-text.js';

export const SIGNING_KINDS = ['hs256', 'rs256', 'eddsa', 'jwks'] as const;
export type SigningKind = (typeof SIGNING_KINDS)[number];
const MOST_KEYS = 4;

/** A key that tokens are signed with, under the name that they carry. */
export class SigningKey {
  /**
   * The `kid` in the header of the tokens.
   * @example "2026-11"
   */
  @Matches(/^[\w.:-]{1,64}$/, { message: 'must be 1 to 64 of the characters A-Z a-z 0-9 _ . : -' })
  kid: string;

  /**
   * For `hs256` the secret, at least 32 characters; for `rs256` and `eddsa` the public key in PEM. Never shown again.
   * @example "a secret of at least thirty-two characters"
   */
  @SafeText({ least: 32, most: 4096 })
  key: string;
}

/** How you sign tokens for your people, so that you need no call to let them in. */
export class SetSigning {
  @ApiProperty({
    enum: SIGNING_KINDS,
    description:
      'The one algorithm that is accepted: HS256, RS256 or EdDSA with the `keys` given here, or with `jwks` what the keys at `jwksUrl` are for (RS256, ES256, EdDSA).',
    example: 'hs256',
  })
  @IsIn(SIGNING_KINDS, { message: `must be one of ${SIGNING_KINDS.join(', ')}` })
  kind: SigningKind;

  /**
   * The `aud` of your tokens: it tells whose they are, so no two integrators have the same.
   * @example "https://chat.shop.example"
   */
  @Matches(/^(?!besedka(:|$))[\x21-\x7e]{1,255}$/, {
    message: 'must be 1 to 255 visible ASCII characters, and not "besedka" or beginning with "besedka:"',
  })
  audience: string;

  /**
   * With `hs256`, `rs256` and `eddsa`: one key, and further ones while you change from one to another.
   * @example [{"kid": "2026-11", "key": "a secret of at least thirty-two characters"}]
   */
  @ValidateIf((request: SetSigning, value: unknown) => request.kind !== 'jwks' || value !== undefined)
  @IsArray({ message: 'must be a list' })
  @ArrayMinSize(1, { message: 'must have at least 1 item' })
  @ArrayMaxSize(MOST_KEYS, { message: `must have at most ${MOST_KEYS} items` })
  @IsObject({ message: 'must be objects', each: true })
  @ValidateNested({ each: true })
  @Type(() => SigningKey)
  keys?: SigningKey[];

  /** With `jwks`: the address of your key set. Asked at once, every ten minutes while it is used, and when a new `kid` comes. */
  @ValidateIf((request: SetSigning, value: unknown) => request.kind === 'jwks' || value !== undefined)
  @Matches(/^https?:\/\/[\x21-\x7e]{1,500}$/, { message: 'must be an http(s) address' })
  jwksUrl?: string;
}

/** How you sign tokens; never the keys themselves. */
export class SigningView {
  @ApiProperty({ enum: SIGNING_KINDS, example: 'hs256' })
  kind: SigningKind;
  /** @example "https://chat.shop.example" */
  audience: string;
  /**
   * Names of the keys given; empty with `jwks`.
   * @example ["2026-11"]
   */
  kids: string[];
  /**
   * Null unless the kind is `jwks`.
   * @example null
   */
  jwksUrl: string | null;
  /** @example "2026-11-20T18:04:11.512Z" */
  changedAt: string;
}

/** The signing of an integrator as the database has it. */
export interface SigningRow {
  integratorId: number;
  kind: SigningKind;
  audience: string;
  jwksUrl: string | null;
  kids: string[];
  sealedKeys: Buffer | null;
  changedAt: Date;
}

export function viewOfSigning({ kind, audience, kids, jwksUrl, changedAt }: SigningRow): SigningView {
  return { kind, audience, kids, jwksUrl, changedAt: changedAt.toISOString() };
}
