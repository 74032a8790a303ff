import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { AccessTokens } from './access.tokens.js';
import { AccountDirectory } from './account.directory.js';
import { AccountRepository } from './account.repository.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { ActorLoader } from './actor.loader.js';
import { PasswordAttempts, RegistrationLimit } from './attempts.limits.js';
import { AuthController } from './auth.controller.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { Authenticator } from './authenticator.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PasswordHasher } from './password.hasher.js';
import { PasswordsService } from './passwords.service.js';
import { ModeratorGuard, SuperuserGuard } from './role.guards.js';
import { RolesService } from './roles.service.js';
import { SessionRepository } from './session.repository.js';
import { SessionsService } from './sessions.service.js';
import { SetupLinkRepository } from './setup-link.repository.js';
import { SetupLinks } from './setup-links.service.js';
import { SignInService } from './sign-in.service.js';
import { SuperuserRules } from './superuser.rules.js';
import { TicketsService } from './tickets.service.js';
import { TokenKey } from './token.key.js';

/** People, credentials, sessions, tokens and roles; its guard stands before every operation of the application. */
@Module({
  imports: [PassportModule],
  controllers: [AccountsController, AuthController],
  providers: [
    TokenKey,
    AccessTokens,
    AccountRepository,
    SessionRepository,
    SetupLinkRepository,
    PasswordHasher,
    PasswordAttempts,
    RegistrationLimit,
    SuperuserRules,
    ActorLoader,
    Authenticator,
    JwtStrategy,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    ModeratorGuard,
    SuperuserGuard,
    AccountDirectory,
    AccountsService,
    PasswordsService,
    RolesService,
    SessionsService,
    SignInService,
    TicketsService,
    SetupLinks,
  ],
  exports: [
    AccountDirectory,
    AccountsService,
    Authenticator,
    ModeratorGuard,
    PasswordHasher,
    PasswordsService,
    RolesService,
    SessionsService,
    SetupLinks,
    SuperuserGuard,
    SuperuserRules,
    TicketsService,
  ],
})
export class AccountsModule {}
