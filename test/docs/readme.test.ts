import { execFile, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { eventually } from '../support/expect.js';
import { type World, world } from '../support/world.js';

const run = promisify(execFile);
const ADDRESS = 'http://127.0.0.1:3000';

async function sample(file: string, kind: string, origin: string): Promise<string> {
  const readme = await readFile(file, 'utf8');
  const block = new RegExp(`<!-- run: ${kind} -->\\n+\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (!block?.includes(ADDRESS)) throw new Error(`${file} has no ${kind} sample`);
  return block.replaceAll(ADDRESS, origin);
}

describe.each(['README.md', 'README.ru.md'])('the samples of %s', (file) => {
  let w: World;
  beforeAll(async () => {
    w = await world();
  });
  afterAll(() => w.close());

  it('run with curl: two people, a room, a message that is stored once', async () => {
    const { stdout, stderr } = await run('bash', [
      '--norc',
      '-euo',
      'pipefail',
      '-c',
      await sample(file, 'sh', w.origin),
    ]);
    expect(stderr).toBe('');
    expect(stdout).toContain('"text":"Добрый вечер! Tea is ready."');
    expect(stdout).not.toContain('"code"');
    expect(await w.database.query('SELECT client_id FROM messages')).toEqual([{ client_id: 'tea-1' }]);
  });

  it('run with socket.io-client in Node: reading what was, sending, hearing', async () => {
    const script = `readme-sample-${process.pid}.mjs`;
    await writeFile(script, await sample(file, 'node', w.origin));
    const child = spawn(process.execPath, [script]);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await eventually(
        () => /^bob: (On my way!|Иду!)$/m.test(output) && /(stored as number|сохранено под номером) 4/.test(output),
        'the sample to talk',
        15_000,
      ).catch(() => undefined);
      expect(output).toContain('alice: Добрый вечер! Tea is ready.');
      expect(output).toMatch(/(stored as number|сохранено под номером) 4/);
      expect(output).toMatch(/^bob: (On my way!|Иду!)$/m);
    } finally {
      child.kill();
      await rm(script);
    }
  });

  it('run in a page by a plain script tag', async () => {
    const html = await sample(file, 'page', w.origin);
    const source = /src="([^"]+)"/.exec(html)![1]!;
    const inline = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
    const client = await fetch(source);
    expect(client.headers.get('content-type')).toContain('javascript');
    const lines: { textContent: string }[] = [];
    const token = (await w.signIn('alice', 'a long password of alice')).access_token;
    const { WebSocket } = jest.requireActual<{ WebSocket: unknown }>('ws');
    const page = createContext({
      TOKEN: token,
      WebSocket,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      console,
      URL,
      TextDecoder,
      TextEncoder,
      location: new URL(w.origin),
      document: {
        createElement: () => ({ textContent: '' }),
        querySelector: () => ({ append: (line: { textContent: string }) => lines.push(line) }),
      },
    });
    runInContext('var self = globalThis, window = globalThis;', page);
    runInContext(await client.text(), page);
    runInContext(`${inline}; globalThis.opened = socket;`, page);
    const socket = (page as { opened: { connected: boolean; close(): void } }).opened;
    await eventually(() => socket.connected, 'the page to connect');
    const [room] = await w.database.query<{ id: number }>('SELECT id FROM rooms');
    await fetch(`${w.origin}/api/v1/rooms/${room!.id}/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'to the page', clientId: 'page-1' }),
    });
    await eventually(
      () => lines.some((line) => line.textContent === 'alice: to the page'),
      'the page to show the message',
    );
    socket.close();
  });
});

it('says the same in both languages: the same headings, commands and links', async () => {
  const [english, russian] = await Promise.all(['README.md', 'README.ru.md'].map((file) => readFile(file, 'utf8')));
  const shape = (text: string) => ({
    headings: text.match(/^#+ /gm)?.length,
    commands: [...text.matchAll(/`((?:npm|npx) [^`]+)`/g)].map((match) => match[1]),
    blocks: text.match(/^```/gm)?.length,
    links: [...text.matchAll(/\]\(((?!README)[^)]+)\)/g)].map((match) => match[1]),
  });
  expect(shape(russian!)).toEqual(shape(english!));
});
