import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { ModeratorGuard } from '../accounts/role.guards.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { BlockAccount, BlockPage, BlocksRequest, BlockView, ChangeBlock } from './block.dto.js';
import { BlocksService } from './blocks.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/blocks')
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @Post()
  @Idempotent()
  @TakesKey('moderation')
  @ApiOperation({
    operationId: 'blockAccount',
    summary: 'Block an account',
    description:
      'When the call returns, no node accepts a message of the account in the scope, and after a `full` block none delivers to it: everywhere, its sockets are ' +
      'closed and its tokens are dead until the block is over; in a room, it is out and cannot come back. One block of each mode and scope is in force at ' +
      'a time: repeating the call answers it with status 200 and changes nothing. Moderators block users, superusers everybody but the last of them.',
  })
  @ApiCreatedResponse({ type: BlockView, description: 'Blocked.' })
  @ApiOkResponse({ type: BlockView, description: 'Blocked before; this block is in force.' })
  @Fails(
    'role/insufficient',
    'moderation/self',
    'account/not-found',
    'account/last-superuser',
    'account/blocked',
    'room/not-found',
    'room/forbidden',
  )
  async block(
    @CurrentActor() actor: Actor,
    @Body() request: BlockAccount,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BlockView> {
    const { block, repeated } = await this.blocks.block(actor, request);
    if (repeated) void reply.status(200);
    return block;
  }

  /** List blocks, newest first: of one account or of all, in force or over. */
  @Get()
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'listBlocks', summary: 'List blocks' })
  @Fails('role/insufficient')
  list(@Query() request: BlocksRequest): Promise<BlockPage> {
    return this.blocks.list(request);
  }

  /** Read one block. */
  @Get(':blockId')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'getBlock', summary: 'Read one block' })
  @Fails('role/insufficient', 'block/not-found')
  one(@Param('blockId', IdPipe) blockId: number): Promise<BlockView> {
    return this.blocks.one(blockId);
  }

  /** Change reason and end of a block. What is not given stays. */
  @Patch(':blockId')
  @HttpCode(200)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'changeBlock', summary: 'Change a block' })
  @Fails('role/insufficient', 'moderation/self', 'block/not-found', 'block/over', 'account/not-found')
  change(
    @CurrentActor() actor: Actor,
    @Param('blockId', IdPipe) blockId: number,
    @Body() request: ChangeBlock,
  ): Promise<BlockView> {
    return this.blocks.change(actor, blockId, request);
  }

  /** Lift a block. Tokens that it kept from working live again. Lifting a block that is over changes nothing. */
  @Delete(':blockId')
  @HttpCode(204)
  @TakesKey('moderation')
  @ApiOperation({ operationId: 'liftBlock', summary: 'Lift a block' })
  @Fails('role/insufficient', 'moderation/self', 'block/not-found', 'account/not-found')
  lift(@CurrentActor() actor: Actor, @Param('blockId', IdPipe) blockId: number): Promise<void> {
    return this.blocks.lift(actor, blockId);
  }
}
