import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { AccessTokens } from './access.tokens.js';
import { AccountDirectory } from './account.directory.js';
import { AccountRepository } from './account.repository.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { ActorLoader } from './actor.loader.js';
import { PasswordAttempts } from './attempts.limits.js';
import { AppealTokens } from './appeal.tokens.js';
import { AuthController } from './auth.controller.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { Authenticator } from './authenticator.js';
import { DecoyHashes } from './decoy.hashes.js';
import { DialectTokenRepository } from './dialect-token.repository.js';
import { DialectTokens } from './dialect-tokens.service.js';
import { ExternalAccountRepository } from './external-account.repository.js';
import { ExternalAccounts } from './external-accounts.service.js';
import { ForeignAccountRepository } from './foreign-account.repository.js';
import { ForeignAccounts } from './foreign-accounts.service.js';
import { IntegratorDoor } from './integrator.door.js';
import { JwtStrategy } from './jwt.strategy.js';
import { LimitGuard } from './limit.guard.js';
import { PasswordHasher } from './password.hasher.js';
import { PasswordsService } from './passwords.service.js';
import { PersonalBlockRepository } from './personal-block.repository.js';
import { PersonalBlocksController } from './personal-blocks.controller.js';
import { PersonalBlocksService } from './personal-blocks.service.js';
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
  controllers: [AccountsController, PersonalBlocksController, AuthController],
  providers: [
    TokenKey,
    AccessTokens,
    AppealTokens,
    AccountRepository,
    SessionRepository,
    SetupLinkRepository,
    PersonalBlockRepository,
    PasswordHasher,
    DecoyHashes,
    PasswordAttempts,
    SuperuserRules,
    ActorLoader,
    Authenticator,
    IntegratorDoor,
    ExternalAccountRepository,
    ExternalAccounts,
    ForeignAccountRepository,
    ForeignAccounts,
    JwtStrategy,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    // Behind the authentication, which tells whose budget it is.
    { provide: APP_GUARD, useClass: LimitGuard },
    ModeratorGuard,
    SuperuserGuard,
    AccountDirectory,
    AccountsService,
    PasswordsService,
    PersonalBlocksService,
    RolesService,
    SessionsService,
    SignInService,
    DialectTokenRepository,
    DialectTokens,
    TicketsService,
    SetupLinks,
  ],
  exports: [
    AccountDirectory,
    AccountsService,
    Authenticator,
    DialectTokens,
    ExternalAccounts,
    ForeignAccounts,
    IntegratorDoor,
    ModeratorGuard,
    PasswordHasher,
    PasswordsService,
    PersonalBlocksService,
    RolesService,
    SessionsService,
    SetupLinks,
    SuperuserGuard,
    SuperuserRules,
    TicketsService,
    TokenKey,
  ],
})
export class AccountsModule {}
