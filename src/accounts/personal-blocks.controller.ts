import { Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { PageRequest } from '../platform/paging.dto.js';
import { type Actor, CurrentActor } from './actor.js';
import { PersonalBlockPage, PersonalBlockView } from './personal-block.dto.js';
import { PersonalBlocksService } from './personal-blocks.service.js';

@ApiTags('accounts')
@ApiBearerAuth()
@Controller('api/v1/accounts/me/personal-blocks')
export class PersonalBlocksController {
  constructor(private readonly blocks: PersonalBlocksService) {}

  @Get()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'listPersonalBlocks',
    summary: 'List whom I have blocked personally',
    description: 'Ordered by account id. Nobody but the caller sees his list.',
  })
  list(@CurrentActor() actor: Actor, @Query() request: PageRequest): Promise<PersonalBlockPage> {
    return this.blocks.list(actor, request);
  }

  @Put(':accountId')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'blockPersonally',
    summary: 'Block a person for myself',
    description:
      'When the call returns, no node accepts a message of this person in the direct room of the two; its messages stay readable, and the caller writes there ' +
      'no more himself until he lifts the block. In shared rooms nothing is withheld: messages of this person carry `hidden: true` wherever the caller reads or ' +
      'hears them, so that a client shows them only on demand; they still count as unread. Anybody can be blocked so, whatever his role: what moderators decide ' +
      'arrives all the same. The blocked person is not told; what he may not do any more is refused to him as `room/forbidden`. Blocking twice is the same as once.',
  })
  @Fails('personal-block/self', 'personal-block/too-many', 'account/not-found')
  block(@CurrentActor() actor: Actor, @Param('accountId', IdPipe) accountId: number): Promise<PersonalBlockView> {
    return this.blocks.block(actor, accountId);
  }

  @Delete(':accountId')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'liftPersonalBlock',
    summary: 'Lift my personal block of a person',
    description: 'Where there is none, nothing happens.',
  })
  lift(@CurrentActor() actor: Actor, @Param('accountId', IdPipe) accountId: number): Promise<void> {
    return this.blocks.lift(actor, accountId);
  }
}
