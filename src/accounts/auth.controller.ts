import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ForGuests } from './for-guests.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { PageRequest } from '../platform/paging.dto.js';
import { OwnAccountView } from './account.dto.js';
import { SetUp } from './account-requests.dto.js';
import { type Actor, CurrentActor } from './actor.js';
import { CurrentDevice, type Device } from './device.js';
import { Public } from './public.decorator.js';
import { IssueToken, SessionPage, TicketView, TokenView } from './session.dto.js';
import { SessionsService } from './sessions.service.js';
import { SetupLinks } from './setup-links.service.js';
import { SignInService } from './sign-in.service.js';
import { TicketsService } from './tickets.service.js';

@ApiTags('auth')
@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
    private readonly tickets: TicketsService,
    private readonly setupLinks: SetupLinks,
  ) {}

  @Post('token')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiOperation({
    operationId: 'issueToken',
    summary: 'Sign in, or refresh tokens',
    description:
      'As OAuth 2.0 has it, in a form or in JSON. `grant_type=password` opens a session; an unknown user name and a wrong password are refused alike, and too ' +
      'many failures for a while. `grant_type=refresh_token` brings the next tokens of the session and uses the given refresh token up. Keep the new one before ' +
      'you use it: a refresh token that comes a second time ends its session, because it may have been stolen; then sign in again. Who is fully blocked is ' +
      'told why with the right password, and gets an `appealToken` with which he can read the statement of reasons and appeal.',
  })
  @Fails(
    'auth/credentials-wrong',
    'auth/refresh-invalid',
    'auth/refresh-reused',
    'auth/session-ended',
    'auth/too-many-attempts',
    'auth/busy',
    'account/blocked',
  )
  token(@Body() request: IssueToken, @CurrentDevice() device: Device): Promise<TokenView> {
    return request.grant_type === 'password'
      ? this.signIn.withPassword(request.username!, request.password!, device)
      : this.signIn.withRefreshToken(request.refresh_token!);
  }

  @Post('setup')
  @Public()
  @HttpCode(201)
  @ApiOperation({
    operationId: 'setUp',
    summary: 'Make the first superuser',
    description:
      'With the secret of the setup link that the service prints at start while there is no superuser. The link is good for 30 minutes and for one superuser; ' +
      'a refused user name or password does not use it up.',
  })
  @Fails('auth/setup-link-invalid', 'account/username-taken', 'account/email-taken', 'auth/busy')
  setUp(@Body() request: SetUp): Promise<OwnAccountView> {
    return this.setupLinks.setUp(request);
  }

  @Post('logout')
  @HttpCode(204)
  @ApiBearerAuth()
  @ForGuests()
  @ApiOperation({
    operationId: 'logout',
    summary: 'Sign out',
    description:
      'Ends the session of this request: its access and refresh tokens are refused from now on and its sockets are closed.',
  })
  logout(@CurrentActor() actor: Actor): Promise<void> {
    return this.sessions.logout(actor);
  }

  @Post('logout-all')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({
    operationId: 'logoutEverywhere',
    summary: 'Sign out everywhere',
    description: 'Ends all sessions of the account, the one of this request too.',
  })
  logoutEverywhere(@CurrentActor() actor: Actor): Promise<void> {
    return this.sessions.logoutEverywhere(actor);
  }

  @Get('sessions')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List my sessions',
    description: 'Where the account is signed in, newest first. `current` marks the session of this request.',
  })
  list(@CurrentActor() actor: Actor, @Query() request: PageRequest): Promise<SessionPage> {
    return this.sessions.list(actor, request);
  }

  @Delete('sessions/:sessionId')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({
    operationId: 'endSession',
    summary: 'End one of my sessions',
    description: 'Signs another device out: its tokens are refused from now on and its sockets are closed.',
  })
  @Fails('session/not-found')
  end(@CurrentActor() actor: Actor, @Param('sessionId', IdPipe) sessionId: number): Promise<void> {
    return this.sessions.endOne(actor, sessionId);
  }

  @Post('tickets')
  @HttpCode(200)
  @ApiBearerAuth()
  @ForGuests()
  @ApiOperation({
    operationId: 'issueTicket',
    summary: 'Issue a ticket for a socket',
    description:
      'A secret that stands for this session once within 30 seconds, for places where an access token would be left behind, such as an address.',
  })
  ticket(@CurrentActor() actor: Actor): Promise<TicketView> {
    return this.tickets.issue(actor);
  }
}
