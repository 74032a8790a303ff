import { writeFileSync } from 'node:fs';
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { readConfig } from '../src/platform/config.js';
import { PlatformModule } from '../src/platform/platform.module.js';
import { schema } from '../src/schema.js';
import { RoomsModule } from '../src/rooms/rooms.module.js';
import { MessagingModule } from '../src/messaging/messaging.module.js';
import { OpsModule } from '../src/ops/ops.module.js';
import { openApiDocument } from '../src/ops/openapi.js';
const { config } = readConfig({}, '/none');
@Module({ imports: [PlatformModule.with(config, { url: 'postgres://x' }, schema), RoomsModule, MessagingModule, OpsModule] })
class App {}
const t = performance.now();
const app = await NestFactory.create(App, new FastifyAdapter(), { preview: true, logger: ['error'], abortOnError: false });
const t1 = performance.now();
const doc = await openApiDocument(app);
const t2 = performance.now();
await openApiDocument(app);
console.log(t1 - t, t2 - t1, performance.now() - t2);
writeFileSync('/tmp/openapi.json', JSON.stringify(doc, null, 2));
