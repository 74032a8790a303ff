import { Body, Controller, Get, HttpCode, Ip, Param, Patch, Post, Put, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ForGuests } from './for-guests.decorator.js';
import { TakesKey } from './takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Limited } from '../platform/limited.decorator.js';
import { AccountPage, AccountRoleView, OwnAccountView, PublicAccountView } from './account.dto.js';
import { AccountsRequest, ChangePassword, ChangeProfile, ChangeRole, Register } from './account-requests.dto.js';
import { AccountsService } from './accounts.service.js';
import { type Actor, CurrentActor } from './actor.js';
import { PasswordsService } from './passwords.service.js';
import { Public } from './public.decorator.js';
import { SuperuserGuard } from './role.guards.js';
import { RolesService } from './roles.service.js';

@ApiTags('accounts')
@Controller('api/v1/accounts')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly passwords: PasswordsService,
    private readonly roles: RolesService,
  ) {}

  @Post()
  @Public()
  @HttpCode(201)
  @ApiOperation({
    operationId: 'register',
    summary: 'Register an account',
    description:
      'Anybody may register while the service is open for it, a limited number of accounts an hour from one address. A new account has the role `user`; ' +
      'sign in with `POST /auth/token`.',
  })
  @Fails('account/username-taken', 'account/email-taken', 'account/registration-closed', 'auth/busy')
  @Limited('register')
  register(@Body() request: Register, @Ip() address: string): Promise<OwnAccountView> {
    return this.accounts.register(request, address);
  }

  @Get()
  @HttpCode(200)
  @ApiBearerAuth()
  @TakesKey('users')
  @ApiOperation({
    operationId: 'listAccounts',
    summary: 'List and search people',
    description:
      'With `query`, the people whose user name, first name or last name begins with it, in any letter case; without it everybody. Ordered by user name; ' +
      'give `next` as `cursor` for the following page. Only public profiles.',
  })
  @Limited('search')
  list(@Query() request: AccountsRequest): Promise<AccountPage> {
    return this.accounts.search(request);
  }

  @Get('me')
  @HttpCode(200)
  @ApiBearerAuth()
  @TakesKey('users')
  @ForGuests()
  @ApiOperation({
    operationId: 'getMe',
    summary: 'Read my account',
    description: 'With what only its owner sees: e-mail address, phone, address, role and when it was registered.',
  })
  me(@CurrentActor() actor: Actor): Promise<OwnAccountView> {
    return this.accounts.own(actor);
  }

  @Patch('me')
  @HttpCode(200)
  @ApiBearerAuth()
  @TakesKey('users')
  @ApiOperation({
    operationId: 'changeMe',
    summary: 'Change my profile',
    description:
      'What is given is changed, the rest stays. `email: null` takes the e-mail address away. User name and role do not change here.',
  })
  @Fails('account/email-taken')
  changeMe(@CurrentActor() actor: Actor, @Body() request: ChangeProfile): Promise<OwnAccountView> {
    return this.accounts.changeProfile(actor, request);
  }

  @Put('me/password')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({
    operationId: 'changeMyPassword',
    summary: 'Change my password',
    description:
      'All other sessions of the account end at once, their sockets too; the session of this request lives on and keeps its tokens. Wrong current passwords ' +
      'are counted together with failed sign-ins.',
  })
  @Fails('auth/password-wrong', 'auth/too-many-attempts', 'auth/busy')
  changeMyPassword(
    @CurrentActor() actor: Actor,
    @Body() request: ChangePassword,
    @Ip() address: string,
  ): Promise<void> {
    return this.passwords.change(actor, request, address);
  }

  @Get(':accountId')
  @HttpCode(200)
  @ApiBearerAuth()
  @TakesKey('users')
  @ApiOperation({
    operationId: 'getAccount',
    summary: 'Read the public profile of one account',
    description: 'Everybody who is signed in sees everybody in this way.',
  })
  @Fails('account/not-found')
  one(@Param('accountId', IdPipe) accountId: number): Promise<PublicAccountView> {
    return this.accounts.read(accountId);
  }

  @Put(':accountId/role')
  @HttpCode(200)
  @ApiBearerAuth()
  @UseGuards(SuperuserGuard)
  @ApiOperation({
    operationId: 'changeRole',
    summary: 'Give an account a role',
    description:
      'For superusers. The role holds from the next request and the next command on a socket of that account, whatever tokens it has. The last superuser ' +
      'who can act keeps his role.',
  })
  @Fails('role/insufficient', 'account/not-found', 'account/last-superuser')
  changeRole(
    @CurrentActor() actor: Actor,
    @Param('accountId', IdPipe) accountId: number,
    @Body() request: ChangeRole,
  ): Promise<AccountRoleView> {
    return this.roles.change(actor, accountId, request.role);
  }
}
