import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { USERNAME } from '../../accounts/account-requests.dto.js';
import { AccountsService } from '../../accounts/accounts.service.js';
import { CurrentDevice, type Device } from '../../accounts/device.js';
import { DialectTokens } from '../../accounts/dialect-tokens.service.js';
import { Public } from '../../accounts/public.decorator.js';
import { Limited } from '../../platform/limited.decorator.js';
import { RUSSIAN } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { type RoschatUser, userOf } from './roschat.dto.js';
import { ownError, ROSCHAT } from './roschat.manner.js';

@ApiExcludeController()
@Controller('api/accounts')
export class RoschatAccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: DialectTokens,
  ) {}

  @Public()
  @Post('register')
  @Limited('register')
  async register(
    @Body() body: unknown,
    @CurrentDevice() device: Device,
  ): Promise<{ token: string; user: RoschatUser }> {
    const fields = new Fields(body, RUSSIAN);
    if (!fields.isGiven('username') || !fields.isGiven('password'))
      throw ownError('Please provide both username and password');
    const username = fields.name('username', USERNAME.most);
    const password = fields.newPassword('password');
    const email = fields.isGiven('email') ? fields.mail('email') : undefined;
    fields.check();
    const account = await this.accounts.register({ username, password, ...(email && { email }) }, device.address);
    const token = await this.tokens.issue(ROSCHAT, { username, password, alone: false }, device);
    return { token, user: userOf({ ...account, email: account.email ?? '' }) };
  }

  @Public()
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: unknown, @CurrentDevice() device: Device): Promise<{ token: string }> {
    const fields = new Fields(body, RUSSIAN);
    // Whatever is wrong with them, nobody signs in with it.
    const credentials = { username: fields.text('username', 1_024), password: fields.secret('password') };
    return { token: await this.tokens.issue(ROSCHAT, { ...credentials, alone: false }, device) };
  }
}
