import { text } from 'node:stream/consumers';
import { CommandMistaken } from './failures.js';

/** The password that is piped in; the line break that ends it is not part of it. */
export async function passwordFromInput(given: { passwordStdin?: true }): Promise<string> {
  const pipe =
    'pipe the password in, so that it stands in no list of processes: printf \'%s\' "$PASSWORD" | besedka … --password-stdin';
  if (!given.passwordStdin) throw new CommandMistaken('command/invalid', `Give --password-stdin and ${pipe}`);
  if (process.stdin.isTTY) throw new CommandMistaken('command/invalid', `Here ${pipe}`);
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}
