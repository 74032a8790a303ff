import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WebSocketGateway } from '@nestjs/websockets';

/** Peer of `start` and `memory`: one route and one empty gateway, nothing else. */
@Controller()
class PingController {
  @Get()
  ping(): string {
    return 'pong';
  }
}

@WebSocketGateway({ transports: ['websocket'], perMessageDeflate: false, serveClient: false })
class SilentGateway {}

@Module({ controllers: [PingController], providers: [SilentGateway] })
class BareModule {}

const app = await NestFactory.create(BareModule, new FastifyAdapter(), { logger: ['error'] });
app.useWebSocketAdapter(new IoAdapter(app));
await app.listen(Number(process.env.PORT), process.env.HOST ?? '127.0.0.1');
process.once('SIGTERM', () => void app.close());
