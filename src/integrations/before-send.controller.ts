import { Body, Controller, Delete, Get, Header, HttpCode, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { BeforeSendSetView, BeforeSendView, SetBeforeSend } from './before-send.dto.js';
import { BeforeSend } from './before-send.service.js';

@ApiTags('integrations')
@ApiBearerAuth()
@Controller('api/v1/integrations/before-send')
export class BeforeSendController {
  constructor(private readonly beforeSend: BeforeSend) {}

  /** Read the hook that is asked before messages of your rooms are stored. For servers. */
  @Get()
  @HttpCode(200)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'getBeforeSend', summary: 'Read your hook before sending' })
  @Fails('key/required', 'integrator/no-before-send')
  one(@CurrentActor() actor: Actor): Promise<BeforeSendView> {
    return this.beforeSend.one(actor);
  }

  @Put()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @TakesKey('webhooks')
  @ApiOperation({
    operationId: 'setBeforeSend',
    summary: 'Have your server asked before a message is stored',
    description:
      'For servers, one hook each. New messages (`message.sending`) and new texts (`message.editing`) in rooms that are your own are posted there, signed like webhooks, before ' +
      'they are stored. Answer 200 with `{"action":"allow"}`, `{"action":"refuse","reason":"…"}` or `{"action":"rewrite","text":"…"}`, or 204 to allow. What your own ' +
      'account writes is not asked about. After five failures in a row the hook rests for five seconds, and `onFailure` holds. It holds on all nodes within a ' +
      'second, and ends with the last key of yours that has the scope `webhooks`.',
  })
  @Fails('key/required', 'integrator/url-not-allowed')
  set(@CurrentActor() actor: Actor, @Body() request: SetBeforeSend): Promise<BeforeSendSetView> {
    return this.beforeSend.set(actor, request);
  }

  /** Take your hook before sending back. For servers. */
  @Delete()
  @HttpCode(204)
  @TakesKey('webhooks')
  @ApiOperation({ operationId: 'removeBeforeSend', summary: 'Take your hook before sending back' })
  @Fails('key/required')
  remove(@CurrentActor() actor: Actor): Promise<void> {
    return this.beforeSend.remove(actor);
  }
}
