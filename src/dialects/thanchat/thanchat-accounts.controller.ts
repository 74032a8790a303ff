import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ADDRESS, PERSON_NAME, PHONE, USERNAME } from '../../accounts/account-requests.dto.js';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { CurrentDevice, type Device } from '../../accounts/device.js';
import { DialectTokens } from '../../accounts/dialect-tokens.service.js';
import { Public } from '../../accounts/public.decorator.js';
import { SessionsService } from '../../accounts/sessions.service.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { Limited } from '../../platform/limited.decorator.js';
import { ENGLISH } from '../drf.texts.js';
import { signIn, signUp } from '../field-problems.js';
import { Fields } from '../fields.js';
import { type ThanchatUser, userOf } from './thanchat.dto.js';
import { THANCHAT } from './thanchat.manner.js';

@ApiExcludeController()
@TakesDialectToken(THANCHAT, 'withBasic')
@Controller('userauth')
export class ThanchatAccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: DialectTokens,
    private readonly sessions: SessionsService,
  ) {}

  @Public()
  @Post('users')
  @Limited('register')
  async register(@Body() body: unknown, @CurrentDevice() device: Device): Promise<ThanchatUser> {
    const fields = new Fields(body, ENGLISH);
    const request = {
      email: fields.mail('email'),
      username: fields.name('username', USERNAME.most),
      password: fields.newPassword('password'),
      firstName: fields.optionalName('first_name', PERSON_NAME.most),
      lastName: fields.optionalName('last_name', PERSON_NAME.most),
      phone: fields.optionalName('phone', PHONE.most),
      address: fields.optionalText('address', ADDRESS.most),
    };
    fields.check();
    return userOf(await signUp(this.accounts, request, device, ENGLISH));
  }

  @Public()
  @Post('token/login')
  @HttpCode(200)
  async login(@Body() body: unknown, @CurrentDevice() device: Device): Promise<{ auth_token: string }> {
    const fields = new Fields(body, ENGLISH);
    const credentials = {
      username: fields.has('username') ? fields.text('username', 1_024) : '',
      password: fields.has('password') ? fields.secret('password') : '',
    };
    fields.check();
    return { auth_token: await signIn(this.tokens, THANCHAT, credentials, device, ENGLISH) };
  }

  /** Ends the token that was shown; who came with a password has none. */
  @Post('token/logout')
  @HttpCode(204)
  async logout(@CurrentActor() actor: Actor): Promise<void> {
    if (actor.sessionId !== undefined) await this.sessions.logout(actor);
  }
}
