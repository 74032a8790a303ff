import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../accounts/public.decorator.js';

/** Whoever opens the service's own address is led to its documents, until there is a chat page. */
@ApiExcludeController()
@Public()
@Controller()
export class FrontController {
  @Get()
  @Redirect('docs', 302)
  front(): void {}
}
