import { Controller, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { RoomView } from './room.dto.js';
import { RoomsService } from './rooms.service.js';

@ApiTags('rooms')
@ApiBearerAuth()
@Controller('api/v1/direct')
export class DirectController {
  constructor(private readonly rooms: RoomsService) {}

  /** Open the direct room with a person, or with oneself for notes. The same two always get the same room. */
  @Put(':accountId')
  @HttpCode(200)
  @ApiOperation({ operationId: 'openDirectRoom', summary: 'Open the direct room with a person' })
  @Fails('account/not-found', 'account/blocked')
  open(@CurrentActor() actor: Actor, @Param('accountId', IdPipe) accountId: number): Promise<RoomView> {
    return this.rooms.openDirect(actor, accountId);
  }
}
