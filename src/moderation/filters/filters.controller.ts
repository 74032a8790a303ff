import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../../accounts/actor.js';
import { ModeratorGuard } from '../../accounts/role.guards.js';
import { Fails } from '../../platform/fails.decorator.js';
import { IdPipe } from '../../platform/id.pipe.js';
import { Idempotent } from '../../platform/idempotent.decorator.js';
import { PageRequest } from '../../platform/paging.dto.js';
import {
  ChangeFilter,
  CreateFilter,
  DryRun,
  DryRunView,
  FilterEntryPage,
  FilterPage,
  FilterView,
} from './filter.dto.js';
import { FiltersService } from './filters.service.js';

@ApiTags('moderation')
@ApiBearerAuth()
@UseGuards(ModeratorGuard)
@Controller('api/v1/moderation/filters')
export class FiltersController {
  constructor(private readonly filters: FiltersService) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    operationId: 'createFilter',
    summary: 'Create a filter',
    description:
      'Filters look at every message before it is stored and at every edit, on this node from the answer on and on all others within a second. Messages of ' +
      'moderators and superusers are exempt. There are at most 100 filters, 10 000 words or domains in each of them and 50 000 in all, and 50 patterns ' +
      'with 1 024 places for a character. Try a filter with `dry-run` first.',
  })
  @ApiCreatedResponse({ type: FilterView, description: 'In use, unless it was created with `enabled: false`.' })
  @Fails('role/insufficient', 'room/not-found', 'room/forbidden', 'account/blocked', 'filter/too-many')
  create(@CurrentActor() actor: Actor, @Body() request: CreateFilter): Promise<FilterView> {
    return this.filters.create(actor, request);
  }

  @Post('dry-run')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'dryRunFilters',
    summary: 'Try texts against the filters',
    description:
      'Tells what would become of each text, and which entries hit where: by the filters in use, or by one that is given here and need not exist. ' +
      'Nothing is kept.',
  })
  @Fails('role/insufficient', 'room/not-found', 'room/forbidden', 'account/blocked', 'filter/too-many')
  dryRun(@CurrentActor() actor: Actor, @Body() request: DryRun): Promise<DryRunView> {
    return this.filters.dryRun(actor, request);
  }

  /** List filters, the newest first, those that are not in use included. */
  @Get()
  @HttpCode(200)
  @ApiOperation({ operationId: 'listFilters', summary: 'List filters' })
  @Fails('role/insufficient')
  list(@Query() request: PageRequest): Promise<FilterPage> {
    return this.filters.list(request);
  }

  /** Read one filter. */
  @Get(':filterId')
  @HttpCode(200)
  @ApiOperation({ operationId: 'getFilter', summary: 'Read one filter' })
  @Fails('role/insufficient', 'filter/not-found')
  one(@Param('filterId', IdPipe) filterId: number): Promise<FilterView> {
    return this.filters.one(filterId);
  }

  /** List the entries of a filter in the order in which they were added. */
  @Get(':filterId/entries')
  @HttpCode(200)
  @ApiOperation({ operationId: 'listFilterEntries', summary: 'List the entries of a filter' })
  @Fails('role/insufficient', 'filter/not-found')
  entries(@Param('filterId', IdPipe) filterId: number, @Query() request: PageRequest): Promise<FilterEntryPage> {
    return this.filters.entries(filterId, request);
  }

  /** Change a filter, and add or take away entries. What is not given stays. */
  @Patch(':filterId')
  @HttpCode(200)
  @ApiOperation({ operationId: 'changeFilter', summary: 'Change a filter' })
  @Fails('role/insufficient', 'filter/not-found', 'filter/too-many')
  change(
    @CurrentActor() actor: Actor,
    @Param('filterId', IdPipe) filterId: number,
    @Body() request: ChangeFilter,
  ): Promise<FilterView> {
    return this.filters.alter(actor, filterId, request);
  }

  /** Delete a filter. Messages that it held go on waiting for a decision. */
  @Delete(':filterId')
  @HttpCode(204)
  @ApiOperation({ operationId: 'deleteFilter', summary: 'Delete a filter' })
  @Fails('role/insufficient', 'filter/not-found')
  delete(@CurrentActor() actor: Actor, @Param('filterId', IdPipe) filterId: number): Promise<void> {
    return this.filters.delete(actor, filterId);
  }
}
