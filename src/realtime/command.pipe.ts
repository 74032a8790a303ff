import type { PipeTransform } from '@nestjs/common';
import { Problem } from '../platform/problems.js';
import { type CommandName, type CommandRequest, COMMANDS } from './events.js';

/** Reads a command's argument by the event map; what does not fit is a `request/invalid` that names each mistake. */
export class CommandPipe<Name extends CommandName> implements PipeTransform<unknown, CommandRequest<Name>> {
  constructor(private readonly command: Name) {}

  transform(value: unknown): CommandRequest<Name> {
    const result = COMMANDS[this.command].request.safeParse(value);
    if (result.success) return result.data as CommandRequest<Name>;
    throw new Problem('request/invalid', {
      errors: result.error.issues
        .slice(0, 10)
        .map((issue) => ({ pointer: `#/${issue.path.join('/')}`.slice(0, 100), message: messageOf(issue) })),
    });
  }
}

function messageOf(issue: { code: string; message: string; keys?: unknown }): string {
  return issue.code === 'unrecognized_keys' ? 'has an unknown field' : issue.message;
}
