import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../accounts/public.decorator.js';
import { Unlimited } from '../platform/limited.decorator.js';
import { LivenessView, ReadinessView } from './health.dto.js';
import { Readiness } from './readiness.js';

@ApiTags('health')
@Public()
@Unlimited()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Answers as long as the process runs, whatever state the database is in: a supervisor restarts the process when this does not answer. */
  @Get('live')
  @HttpCode(200)
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process lives' })
  live(): LivenessView {
    return { status: 'ok' };
  }

  /** Answers 503 within two seconds while the database cannot be reached, and from the moment the node begins to stop: a load balancer then sends requests elsewhere. */
  @Get('ready')
  @HttpCode(200)
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether the node can serve requests' })
  ready(): Promise<ReadinessView> {
    return this.readiness.check();
  }
}
