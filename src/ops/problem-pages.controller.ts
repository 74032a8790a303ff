import { Controller, Get, Header, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../accounts/public.decorator.js';
import { languageOf } from './language.js';
import {
  isProblemCode,
  PAGE_POLICY,
  renderProblemIndex,
  renderProblemPage,
  renderUnknownProblem,
} from './problem-page.js';

const HTML = 'text/html; charset=utf-8';
const KEPT = 'public, max-age=3600';

/** The pages that the `type` of a problem leads to, for people, in English and Russian. */
@ApiExcludeController()
@Public()
@Controller('problems')
export class ProblemPagesController {
  @Get()
  @Header('content-type', HTML)
  @Header('content-security-policy', PAGE_POLICY)
  @Header('cache-control', KEPT)
  @Header('vary', 'accept-language')
  index(@Query('lang') asked: unknown, @Headers('accept-language') accepted: string | undefined): string {
    return renderProblemIndex(languageOf(asked, accepted));
  }

  @Get(':noun/:condition')
  @Header('content-type', HTML)
  @Header('content-security-policy', PAGE_POLICY)
  @Header('cache-control', KEPT)
  @Header('vary', 'accept-language')
  page(
    @Param('noun') noun: string,
    @Param('condition') condition: string,
    @Query('lang') asked: unknown,
    @Headers('accept-language') accepted: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string {
    const language = languageOf(asked, accepted);
    const code = `${noun}/${condition}`;
    if (isProblemCode(code)) return renderProblemPage(code, language);
    void reply.status(404).header('cache-control', 'no-store');
    return renderUnknownProblem(language);
  }
}
