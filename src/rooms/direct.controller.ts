import { Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Limited } from '../platform/limited.decorator.js';
import { RoomView } from './room.dto.js';
import { RoomsService } from './rooms.service.js';

@ApiTags('rooms')
@ApiBearerAuth()
@Controller('api/v1/direct')
export class DirectController {
  constructor(private readonly rooms: RoomsService) {}

  /**
   * Open the direct room with a person, or with oneself for notes. The same two always get the same room. Refused while one of the two has
   * blocked the other personally; whose block it is still opens the room that is there.
   */
  @Put(':accountId')
  @HttpCode(200)
  @TakesKey('rooms')
  @ApiOperation({ operationId: 'openDirectRoom', summary: 'Open the direct room with a person' })
  @Limited('open-direct')
  @Fails('account/not-found', 'account/blocked', 'account/personally-blocked', 'room/forbidden')
  open(@CurrentActor() actor: Actor, @Param('accountId', IdPipe) accountId: number): Promise<RoomView> {
    return this.rooms.openDirect(actor, accountId);
  }
}
