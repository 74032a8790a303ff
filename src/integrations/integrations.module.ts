/**
 * Servers that use the service for people of their own.
 *
 * `Integrators` is what other doors need: `integratorOf(key)` tells which server shows a key and what it may, `actorFor(integrator, which)` makes
 * an ordinary actor of any account, by our id or by the server's. Operations of the API get there through the authentication guard: they say
 * with `@TakesKey(scope)` which scope they ask for, and are closed to keys where they say nothing.
 */
import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { MessagingModule } from '../messaging/messaging.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { ImportJobs } from './import-jobs.service.js';
import { ImportRepository } from './import.repository.js';
import { ImportsController } from './imports.controller.js';
import { ImportsService } from './imports.service.js';
import { Integrators } from './integrators.service.js';
import { IntegratorSessionRepository } from './integrator-session.repository.js';
import { JwksClient } from './jwks.client.js';
import { OutgoingClient } from './outgoing.client.js';
import { PeopleController } from './people.controller.js';
import { PersonTokens } from './person-tokens.service.js';
import { SignedTokens } from './signed-tokens.service.js';
import { SigningRepository } from './signing.repository.js';
import { SigningService } from './signing.service.js';
import { BuiltInKeys } from './built-in-keys.service.js';
import { KeyActLog } from './key-act.log.js';
import { KeyRepository } from './key.repository.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({
  imports: [AccountsModule, RoomsModule, MessagingModule],
  controllers: [KeysController, PeopleController, ImportsController],
  providers: [
    KeyRepository,
    KeyActLog,
    BuiltInKeys,
    Integrators,
    KeysService,
    IntegratorSessionRepository,
    PersonTokens,
    SigningRepository,
    OutgoingClient,
    JwksClient,
    SignedTokens,
    SigningService,
    ImportRepository,
    ImportJobs,
    ImportsService,
  ],
  exports: [Integrators, KeysService, ImportsService, OutgoingClient],
})
export class IntegrationsModule {}
