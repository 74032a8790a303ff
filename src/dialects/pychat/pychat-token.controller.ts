import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { basicCredentials } from '../../accounts/basic.credentials.js';
import { CurrentDevice, type Device } from '../../accounts/device.js';
import { DialectTokens } from '../../accounts/dialect-tokens.service.js';
import { Public } from '../../accounts/public.decorator.js';
import { RUSSIAN } from '../drf.texts.js';
import { Fields } from '../fields.js';
import { PYCHAT } from './pychat.manner.js';

@ApiExcludeController()
@Controller('chat/token')
export class PychatTokenController {
  constructor(private readonly tokens: DialectTokens) {}

  @Public()
  @Post()
  @HttpCode(200)
  async token(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
    @CurrentDevice() device: Device,
  ): Promise<{ token: string }> {
    const credentials = basicCredentials(authorization, true);
    const fields = new Fields(body, RUSSIAN);
    const alone = fields.flag('refresh');
    fields.check();
    return { token: await this.tokens.issue(PYCHAT, { ...credentials, alone }, device) };
  }
}
