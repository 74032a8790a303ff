import { Body, Controller, HttpCode, Param, Post, Put, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { USERNAME } from '../../accounts/account-requests.dto.js';
import { AccountsService } from '../../accounts/accounts.service.js';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { CurrentDevice, type Device } from '../../accounts/device.js';
import { DialectTokens } from '../../accounts/dialect-tokens.service.js';
import { Public } from '../../accounts/public.decorator.js';
import { ModeratorGuard } from '../../accounts/role.guards.js';
import { TakesDialectToken } from '../../accounts/takes-dialect-token.decorator.js';
import { BlocksService } from '../../moderation/blocks.service.js';
import { parseId } from '../../platform/id.pipe.js';
import { Limited } from '../../platform/limited.decorator.js';
import { Problem } from '../../platform/problems.js';
import { ENGLISH } from '../drf.texts.js';
import { signIn, signUp } from '../field-problems.js';
import { Fields } from '../fields.js';
import { type AtomchatUser, userOf } from './atomchat.dto.js';
import { ATOMCHAT } from './atomchat.manner.js';

/** A block has a reason that its person reads; these clients have no field for one. */
const REASON = 'A moderator has blocked this account.';

@ApiExcludeController()
@TakesDialectToken(ATOMCHAT, 'withBasic')
@Controller('api')
export class AtomchatAccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly tokens: DialectTokens,
    private readonly blocks: BlocksService,
  ) {}

  @Public()
  @Post('users')
  @Limited('register')
  async register(@Body() body: unknown, @CurrentDevice() device: Device): Promise<AtomchatUser> {
    const fields = new Fields(body, ENGLISH);
    const request = { username: fields.name('username', USERNAME.most), password: fields.newPassword('password') };
    const email = fields.isGiven('email') ? fields.mail('email') : undefined;
    fields.check();
    return userOf(await signUp(this.accounts, { ...request, ...(email && { email }) }, device, ENGLISH));
  }

  @Public()
  @Post('auth/tokens')
  @HttpCode(200)
  async token(@Body() body: unknown, @CurrentDevice() device: Device): Promise<{ token: string }> {
    const fields = new Fields(body, ENGLISH);
    const credentials = { username: fields.text('username', 1_024), password: fields.secret('password') };
    fields.check();
    return { token: await signIn(this.tokens, ATOMCHAT, credentials, device, ENGLISH) };
  }

  @Put('users/:id/block')
  @UseGuards(ModeratorGuard)
  async block(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: unknown,
  ): Promise<{ username: string; is_active: boolean }> {
    const accountId = parseId(id) ?? 0;
    const person = (await this.accounts.views([accountId])).get(accountId);
    if (!person) throw new Problem('account/not-found');
    const fields = new Fields(body, ENGLISH);
    const active = fields.boolean('is_active');
    fields.check();
    if (active) await this.blocks.admit(actor, accountId);
    else await this.blocks.block(actor, { accountId, mode: 'full', scope: 'global', reason: REASON });
    return { username: person.username, is_active: active };
  }
}
