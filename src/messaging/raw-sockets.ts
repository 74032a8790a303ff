import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../accounts/actor.js';
import type { Asked, Refusal } from '../platform/manner.js';
import type { Problem } from '../platform/problems.js';
import type { MessageView } from './message.dto.js';

/** Who opens a raw socket. */
export interface RawCaller {
  readonly actor: Actor;
  /** Until when his credential holds, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Looks at it again; answers until when it holds now. Missing where it cannot be used again. */
  readonly renew?: () => Promise<number>;
}

/** How a foreign API speaks on plain WebSockets, each of which is for one room. */
export interface RawSpeech {
  /** The room of this address, 0 where it names none that could be; undefined where the address is none of its own. */
  roomAt(path: string): number | undefined;
  /** Who asks; else the problem to refuse him with. */
  callerOf(request: IncomingMessage): Promise<RawCaller>;
  /** The message that a frame says; undefined where it says none. What is not its language is `request/malformed`, which ends the socket. */
  read(frame: Buffer): string | undefined;
  /** The frame that tells a message. */
  write(message: MessageView): string;
  /** What a refusal looks like: of the handshake as a whole, of a message its body as a frame. */
  refusalOf(problem: Problem, request: Asked): Refusal;
}

/** The place where dialects put how they speak on raw sockets; who serves sockets serves these. */
@Injectable()
export class RawSockets {
  private readonly speeches: RawSpeech[] = [];

  add(speech: RawSpeech): void {
    this.speeches.push(speech);
  }

  at(path: string): { speech: RawSpeech; roomId: number } | undefined {
    for (const speech of this.speeches) {
      const roomId = speech.roomAt(path);
      if (roomId !== undefined) return { speech, roomId };
    }
    return undefined;
  }
}
