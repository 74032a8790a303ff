import { Body, Controller, Delete, Get, Header, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Actor, CurrentActor } from '../accounts/actor.js';
import { SuperuserGuard } from '../accounts/role.guards.js';
import { Fails } from '../platform/fails.decorator.js';
import { IdPipe } from '../platform/id.pipe.js';
import { ChangeKey, CreateKey, KeyPage, KeysRequest, KeyView, NewKeyView, RotateKey } from './key.dto.js';
import { KeysService } from './keys.service.js';

/** Keys are for people to give and take: no key reaches them. */
@ApiTags('integrations')
@ApiBearerAuth()
@UseGuards(SuperuserGuard)
@Controller('api/v1/integrations/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'createKey',
    summary: 'Create an API key',
    description:
      'For superusers. The answer shows the key this once: only its hash is kept. A server sends it as `X-Api-Key` or as `Authorization: Bearer …`, over HTTP ' +
      'only; a request from a web page of another origin is refused. Names the integrator, or makes a new one that acts as an account of its own.',
  })
  @Fails('role/insufficient', 'integrator/not-found')
  create(@CurrentActor() actor: Actor, @Body() request: CreateKey): Promise<NewKeyView> {
    return this.keys.create(actor, request);
  }

  /** List API keys, newest first, without their secrets. */
  @Get()
  @HttpCode(200)
  @ApiOperation({ operationId: 'listKeys', summary: 'List API keys' })
  @Fails('role/insufficient')
  list(@Query() request: KeysRequest): Promise<KeyPage> {
    return this.keys.list(request);
  }

  /** Read one API key, without its secret. */
  @Get(':keyId')
  @HttpCode(200)
  @ApiOperation({ operationId: 'getKey', summary: 'Read one API key' })
  @Fails('role/insufficient', 'key/not-found')
  one(@Param('keyId', IdPipe) keyId: number): Promise<KeyView> {
    return this.keys.one(keyId);
  }

  /** Change name, scopes and end of an API key. What is not given stays. Holds from its next request on. */
  @Patch(':keyId')
  @HttpCode(200)
  @ApiOperation({ operationId: 'changeKey', summary: 'Change an API key' })
  @Fails('role/insufficient', 'key/not-found', 'key/revoked')
  change(
    @CurrentActor() actor: Actor,
    @Param('keyId', IdPipe) keyId: number,
    @Body() request: ChangeKey,
  ): Promise<KeyView> {
    return this.keys.change(actor, keyId, request);
  }

  @Post(':keyId/rotate')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'rotateKey',
    summary: 'Replace the secret of an API key',
    description:
      'The answer shows the new secret this once. The one before works on for `overlapSeconds`, so that servers can change over one after the other; with 0 it ends now.',
  })
  @Fails('role/insufficient', 'key/not-found', 'key/revoked')
  rotate(
    @CurrentActor() actor: Actor,
    @Param('keyId', IdPipe) keyId: number,
    @Body() request: RotateKey,
  ): Promise<NewKeyView> {
    return this.keys.rotate(actor, keyId, request.overlapSeconds!);
  }

  /** Revoke an API key for ever: its next request is refused. Revoking it again changes nothing. */
  @Delete(':keyId')
  @HttpCode(204)
  @ApiOperation({ operationId: 'revokeKey', summary: 'Revoke an API key' })
  @Fails('role/insufficient', 'key/not-found')
  revoke(@CurrentActor() actor: Actor, @Param('keyId', IdPipe) keyId: number): Promise<void> {
    return this.keys.revoke(actor, keyId);
  }
}
