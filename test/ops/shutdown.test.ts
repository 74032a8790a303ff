import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/expect.js';
import { ensureBuild, ROOT } from './besedka-process.js';

jest.setTimeout(60_000);

/** A process that has opened two things; `closing` is how closing the second one goes. */
function processThatCloses(closing: string) {
  const program = `
    import { Shutdown } from '${join(ROOT, 'dist/src/shutdown.js')}';
    const shutdown = new Shutdown((line) => console.log('complained: ' + line));
    shutdown.add(async () => console.log('closed the first'));
    shutdown.add(async () => { console.log('closing the second'); ${closing} });
    shutdown.onSignals();
    setInterval(() => {}, 1000);
    console.log('ready');
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = { said: '', code: undefined as number | null | undefined };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (seen.said += text));
  child.once('exit', (code) => (seen.code = code));
  return { child, seen, says: (text: string) => eventually(() => seen.said.includes(text), text) };
}

describe('the first signal', () => {
  beforeAll(() => ensureBuild());

  it('closes in reverse order and ends with 0', async () => {
    const { child, seen, says } = processThatCloses('');
    await says('ready');
    child.kill('SIGINT');
    await eventually(() => seen.code !== undefined);
    expect(seen).toEqual({ code: 0, said: 'ready\nclosing the second\nclosed the first\n' });
  });

  it('closes the rest when one thing cannot be closed', async () => {
    const { child, seen, says } = processThatCloses(`throw new Error('stuck')`);
    await says('ready');
    child.kill('SIGTERM');
    await eventually(() => seen.code !== undefined);
    expect(seen).toEqual({
      code: 0,
      said: 'ready\nclosing the second\ncomplained: While stopping: stuck\nclosed the first\n',
    });
  });
});

describe('a second signal', () => {
  it('is the same Ctrl-C when it comes at once, and ends the process when it comes later', async () => {
    const { child, seen, says } = processThatCloses('await new Promise(() => {})');
    await says('ready');
    child.kill('SIGINT');
    await says('closing the second');
    child.kill('SIGINT');
    await sleep(100);
    expect(seen.code).toBeUndefined();
    await eventually(() => seen.code !== undefined || void child.kill('SIGINT'));
    expect(seen).toMatchObject({
      code: 1,
      said: expect.stringContaining('Ended at once by a second signal') as string,
    });
    expect(seen.said).not.toContain('closed the first');
  });
});
