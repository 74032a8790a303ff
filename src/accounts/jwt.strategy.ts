import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { claimsOf, VERIFICATION } from './access.tokens.js';
import type { Actor } from './actor.js';
import { Authenticator } from './authenticator.js';
import { TokenKey } from './token.key.js';

export const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();

/**
 * Verifies the bearer token of a request and loads its actor. Passport keeps its strategies for the whole process by name: the name
 * is of this application alone, or two applications in a process would take each other's tokens.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) implements OnModuleDestroy {
  declare readonly name: string;

  constructor(
    key: TokenKey,
    private readonly authenticator: Authenticator,
  ) {
    // The type of the option forgets that the verifier takes a KeyObject as it is.
    super({ ...VERIFICATION, jwtFromRequest: bearerToken, secretOrKey: key.key as unknown as Buffer });
  }

  validate(payload: unknown): Promise<Actor> {
    return this.authenticator.actorOfClaims(claimsOf(payload));
  }

  getPassportInstance() {
    return {
      use: (strategy: { name: string }) =>
        passport.use((strategy.name = `jwt-${randomUUID()}`), strategy as unknown as Strategy),
    };
  }

  onModuleDestroy(): void {
    passport.unuse(this.name);
  }
}
