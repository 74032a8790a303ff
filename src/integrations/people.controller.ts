import { Body, Controller, Delete, Get, Header, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { CurrentDevice, type Device } from '../accounts/device.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IssuePersonToken, PersonTokenView, RevocationView, RevokeTokens } from './person-token.dto.js';
import { PersonTokens } from './person-tokens.service.js';
import { SetSigning, SigningView } from './signing.dto.js';
import { SigningService } from './signing.service.js';

@ApiTags('integrations')
@ApiBearerAuth()
@Controller('api/v1/integrations')
export class PeopleController {
  constructor(
    private readonly tokens: PersonTokens,
    private readonly signing: SigningService,
  ) {}

  @Post('tokens')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @TakesKey('tokens')
  @ApiOperation({
    operationId: 'issuePersonToken',
    summary: 'Let a person of your own in',
    description:
      'For servers. Makes the account at the first call for an `externalId`, brings its profile up to date at later ones, and gives a token for the browser of ' +
      'the person. With `guest: true` a new account each time, which reads and writes in `rooms` and does nothing else. When a room refuses, the call fails, but ' +
      'the account stays: repeat it.',
  })
  @Fails('key/required', 'room/not-found', 'room/not-member', 'room/forbidden', 'room/full', 'member/blocked')
  issue(
    @CurrentActor() actor: Actor,
    @Body() request: IssuePersonToken,
    @CurrentDevice() device: Device,
  ): Promise<PersonTokenView> {
    return this.tokens.issue(actor, request, device);
  }

  @Put('revocations')
  @HttpCode(200)
  @TakesKey('tokens')
  @ApiOperation({
    operationId: 'revokeTokens',
    summary: 'End the tokens of your people',
    description:
      'For servers. Tokens that were issued before a moment, by us or signed by you, are refused from now on, and their sockets close on all nodes within a second. ' +
      'The `iat` of a token that you sign counts in whole seconds: one of the same second as `before` counts as earlier.',
  })
  @Fails('key/required')
  revoke(@CurrentActor() actor: Actor, @Body() request: RevokeTokens): Promise<RevocationView> {
    return this.tokens.revoke(actor, request);
  }

  /** Read how you sign tokens. For servers. The keys are not shown. */
  @Get('signing')
  @HttpCode(200)
  @TakesKey('tokens')
  @ApiOperation({ operationId: 'getSigning', summary: 'Read how you sign tokens' })
  @Fails('key/required', 'integrator/no-signing')
  one(@CurrentActor() actor: Actor): Promise<SigningView> {
    return this.signing.one(actor);
  }

  @Put('signing')
  @HttpCode(200)
  @TakesKey('tokens')
  @ApiOperation({
    operationId: 'setSigning',
    summary: 'Say how you sign tokens',
    description:
      'For servers. From now on a JWT that you sign is an access token, over HTTP and in the handshake of a socket, without a call to us: `kid` in its header, ' +
      '`sub` (your id of the person), `aud`, `iat` and `exp` at most 24 hours later. Clocks may differ by a minute. The account is made at the first sight. What was ' +
      'signed with a key that is no longer among `keys`, or for another audience, ends at once.',
  })
  @Fails('key/required', 'integrator/audience-taken', 'integrator/url-not-allowed')
  set(@CurrentActor() actor: Actor, @Body() request: SetSigning): Promise<SigningView> {
    return this.signing.set(actor, request);
  }

  /** Take back how you sign tokens. For servers. All that you signed ends at once. */
  @Delete('signing')
  @HttpCode(204)
  @TakesKey('tokens')
  @ApiOperation({ operationId: 'removeSigning', summary: 'Accept no tokens of your own signing any more' })
  @Fails('key/required')
  remove(@CurrentActor() actor: Actor): Promise<void> {
    return this.signing.remove(actor);
  }
}
