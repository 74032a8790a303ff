import { Body, Controller, Get, HttpCode, Param, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { TakesKey } from '../accounts/takes-key.decorator.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { Idempotent } from '../platform/idempotent.decorator.js';
import { CreateImport, ImportLinePage, ImportLinesRequest, ImportView } from './import.dto.js';
import { ImportLinesInterceptor, NDJSON } from './import.lines.js';
import { ImportsService } from './imports.service.js';

@ApiTags('integrations')
@ApiBearerAuth()
@Controller('api/v1/integrations/imports')
export class ImportsController {
  constructor(private readonly imports: ImportsService) {}

  @Post()
  @HttpCode(202)
  @Idempotent()
  // Below the other one, and so before it: an Idempotency-Key is about what the lines say.
  @UseInterceptors(ImportLinesInterceptor)
  @TakesKey('users')
  @ApiConsumes('application/json', NDJSON)
  @ApiOperation({
    operationId: 'createImport',
    summary: 'Bring many people and rooms in',
    description:
      'For servers. Up to 1 000 people and rooms that are to be as you describe them: whom and what you named before by the same `externalId` is brought up to ' +
      'date, the rest is made. Send larger numbers as `application/x-ndjson`, one a line. The work goes on behind the answer, also over a restart; ask for its ' +
      'progress. Each line is done whole or refused with its problem, and no line depends on another but those before it: so whatever was cut off is simply ' +
      'sent again. Rooms ask for the scope `rooms` and belong to your own account. Your imports are worked off in their order; 20 of them may wait.',
  })
  @Fails('key/required', 'import/too-many')
  begin(@CurrentActor() actor: Actor, @Body() { items }: CreateImport): Promise<ImportView> {
    return this.imports.begin(actor, items);
  }

  /** Read how far an import is. For servers. */
  @Get(':importId')
  @HttpCode(200)
  @TakesKey('users')
  @ApiOperation({ operationId: 'getImport', summary: 'Read how far an import is' })
  @Fails('key/required', 'import/not-found')
  one(@CurrentActor() actor: Actor, @Param('importId', IdPipe) importId: number): Promise<ImportView> {
    return this.imports.one(actor, importId);
  }

  /** Read what became of the lines of an import: our ids, and why a line was refused. For servers. */
  @Get(':importId/lines')
  @HttpCode(200)
  @TakesKey('users')
  @ApiOperation({ operationId: 'listImportLines', summary: 'List the lines of an import' })
  @Fails('key/required', 'import/not-found')
  lines(
    @CurrentActor() actor: Actor,
    @Param('importId', IdPipe) importId: number,
    @Query() request: ImportLinesRequest,
  ): Promise<ImportLinePage> {
    return this.imports.lines(actor, importId, request);
  }
}
