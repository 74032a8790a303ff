import { Controller, Get, Header, Headers, Query } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../accounts/public.decorator.js';
import { languageOf } from './language.js';
import { renderSetupPage, SETUP_PAGE_POLICY, SETUP_SCRIPT } from './setup-page.js';

/** The page on which the operator makes the first superuser, in English and Russian. Without the secret of the link it can do nothing. */
@ApiExcludeController()
@Public()
@Controller('setup')
export class SetupPageController {
  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', SETUP_PAGE_POLICY)
  @Header('vary', 'accept-language')
  page(@Query('lang') asked: unknown, @Headers('accept-language') accepted: string | undefined): string {
    return renderSetupPage(languageOf(asked, accepted));
  }

  @Get('page.js')
  @Header('content-type', 'text/javascript; charset=utf-8')
  script(): string {
    return SETUP_SCRIPT;
  }
}
