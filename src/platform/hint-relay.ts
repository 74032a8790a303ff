import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Hints, type Hint } from './hints.js';
import { NodeBus } from './node-bus.js';

const TOPIC = 'hint';
/** A longer fact is read from the log by whoever has a listener for it. */
const LARGEST_FACT = 8 * 1024;
const LINE = /^([ra]) ([1-9]\d{0,15}) ([1-9]\d{0,15})(?: (.*))?$/;

/** Carries hints between the nodes: what is committed here to the others, and what they commit to the feed of this one. */
@Injectable()
export class HintRelay implements OnModuleInit {
  constructor(
    private readonly hints: Hints,
    private readonly bus: NodeBus,
  ) {}

  onModuleInit(): void {
    this.hints.relay = (hints) => {
      if (this.bus.connected) for (const hint of hints) this.bus.tell(TOPIC, lineOf(hint));
    };
    this.bus.listen(TOPIC, (lines, late) => {
      const heard = lines.map((line) => hintOf(line, late)).filter((hint) => hint !== undefined);
      if (heard.length > 0) this.hints.hear(heard);
    });
  }
}

function lineOf({ stream, id, seq, fact }: Hint): string {
  const place = `${stream === 'room' ? 'r' : 'a'} ${id} ${seq}`;
  if (!fact) return place;
  const text = JSON.stringify(fact);
  return text.length > LARGEST_FACT ? place : `${place} ${text}`;
}

function hintOf(line: string, late: boolean): Hint | undefined {
  const [, stream, id, seq, text] = LINE.exec(line) ?? [];
  if (stream === undefined) return undefined;
  return new RemoteHint(stream === 'r' ? 'room' : 'account', Number(id), Number(seq), late ? undefined : text);
}

/** Reads its fact only when somebody asks: most nodes have no listener in most rooms. */
class RemoteHint implements Hint {
  readonly elsewhere = true;

  constructor(
    readonly stream: Hint['stream'],
    readonly id: number,
    readonly seq: number,
    private readonly text: string | undefined,
  ) {}

  get fact(): Hint['fact'] {
    if (this.text === undefined) return undefined;
    try {
      return JSON.parse(this.text) as Hint['fact'];
    } catch {
      return undefined;
    }
  }
}
