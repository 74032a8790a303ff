import { setTimeout as sleep } from 'node:timers/promises';
import { JsonLogger } from '../../src/platform/logger.js';
import { readableLines } from '../../src/platform/readable-lines.js';
import { freePort } from '../durability/rig/scene.js';
import { freshDatabase } from '../support/databases.js';
import { eventually } from '../support/expect.js';
import { HttpClient } from '../support/http.js';
import { connectSocket } from '../support/socket.js';
import { ensureBuild, type RunningService, startService, temporaryDirectory } from './besedka-process.js';

jest.setTimeout(180_000);

type Line = Record<string, unknown> & { level: string; msg?: string; context?: string };

describe('the log of a running service', () => {
  const directory = temporaryDirectory();
  let service: RunningService;
  let drop: () => Promise<void>;
  let metricsPort: number;

  beforeAll(async () => {
    ensureBuild();
    const fresh = await freshDatabase();
    drop = fresh.drop;
    metricsPort = await freePort();
    service = await startService({
      DATABASE_URL: fresh.url,
      DATA_DIR: directory.path,
      BESEDKA_LOG_LEVEL: 'debug',
      BESEDKA_METRICS_PORT: String(metricsPort),
      NODE_OPTIONS: `--import=data:text/javascript,process.on('SIGUSR2',()=>{setTimeout(()=>{throw(new(Error)('surprise'))})})`,
    });
  });
  afterAll(async () => {
    await service?.stop('SIGKILL');
    await drop?.();
    directory.remove();
  });

  const lines = (): Line[] =>
    service
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  const line = (fits: (line: Line) => boolean) => eventually(() => lines().find(fits), 'a line of the log');

  it('has one line for each request and each socket, and nothing that people wrote or could sign in with', async () => {
    const secrets: string[] = [];
    const secret = (what: string): string => {
      secrets.push(`${what}-planted-${secrets.length}`);
      return secrets.at(-1)!;
    };
    const http = new HttpClient(service.origin);
    const password = secret('password');
    const registered = await http.post('/accounts', { username: 'alice', password, email: 'a@example.org' });
    const id = registered.body.id as number;
    const tokens = (await http.post('/auth/token', { grant_type: 'password', username: 'alice', password })).body;
    secrets.push(tokens.access_token as string, tokens.refresh_token as string);
    const alice = new HttpClient(service.origin, () => tokens.access_token as string);

    const room = await alice.post('/rooms', { name: 'vault', preset: 'open', password: secret('room-password') });
    await alice.post(`/rooms/${room.body.id}/join`, { password: secret('room-password') });
    const sent = await alice.post(
      `/rooms/${room.body.id}/messages`,
      { text: secret('text'), clientId: 'c-1' },
      { headers: { 'x-request-id': 'asked-for-this' } },
    );
    await alice.post(`/rooms/${room.body.id}/messages`, { text: `${secret('text')}\u0000`, clientId: 'c-2' });
    await alice.post(`/rooms/${room.body.id}/messages`, undefined, { raw: `{"text": "${secret('text')}` });
    await alice.post(`/rooms/${room.body.id}/messages?ticket=${secret('ticket')}`, {
      [secret('field')]: secret('value'),
    });
    await alice.get(`/accounts?query=${secret('query')}`);
    await http.get('/health/live');
    await http.get(`${service.origin}/${secret('path')}`);
    await http.get('/accounts/me', { headers: { authorization: `Bearer ${secret('bearer')}` } });
    await http.post('/auth/token', {
      grant_type: 'password',
      username: secret('username'),
      password: secret('password'),
    });
    await http.post('/auth/token', { grant_type: 'refresh_token', refresh_token: secret('refresh') });
    const { ticket } = (await alice.post('/auth/tickets')).body as { ticket: string };
    secrets.push(ticket);
    await http.get(`${service.origin}/socket.io/?EIO=4&transport=polling&token=${secret('socket-query')}`);
    await connectSocket(service.origin, { token: secret('socket-token') }).catch(() => undefined);

    const socket = await connectSocket(service.origin, { token: tokens.access_token });
    await socket.send('message.send', { roomId: room.body.id, text: secret('text'), clientId: 'c-3' });
    await socket.send('message.send', { roomId: room.body.id, text: { of: secret('text') }, clientId: 'c-4' });
    await socket.send('session.renew', { token: secret('renewal') });
    const socketId = socket.io.id;
    socket.close();

    expect(await line(({ requestId }) => requestId === 'asked-for-this')).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      context: 'http',
      msg: 'request',
      method: 'POST',
      route: '/api/v1/rooms/:roomId/messages',
      status: 201,
      ms: expect.any(Number) as number,
      requestId: 'asked-for-this',
      accountId: id,
    });
    expect(sent.headers.get('x-request-id')).toBe('asked-for-this');
    expect(await line(({ msg, reason }) => msg === 'disconnected' && reason !== undefined)).toMatchObject({
      level: 'info',
      context: 'socket',
      socketId,
      accountId: id,
      reason: 'client namespace disconnect',
    });
    expect(lines().filter(({ msg }) => msg === 'connected')).toMatchObject([{ socketId, accountId: id }]);
    expect(lines().filter(({ requestId }) => requestId === 'asked-for-this')).toHaveLength(1);
    expect(lines().filter(({ route }) => route === 'none').length).toBeGreaterThan(0);
    expect(await line(({ route }) => String(route).startsWith('/health/'))).toMatchObject({ level: 'debug' });

    const said = service.stderr() + service.banner;
    expect(secrets.length).toBeGreaterThan(20);
    expect(secrets.filter((one) => said.includes(one))).toEqual([]);
    expect(said).not.toMatch(/argon2|eyJ/);
  });

  it('goes with metrics on the port that was given', async () => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(text).toMatch(/^besedka_sends_total\{outcome="accepted"\} 2$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('ends with the error that nobody foresaw, and so does the process, within two seconds and with 1', async () => {
    const began = performance.now();
    service.child.kill('SIGUSR2');
    const { code } = await service.ended;
    expect(code).toBe(1);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(lines().at(-1)).toMatchObject({
      level: 'fatal',
      context: 'surprise',
      error: expect.stringContaining('surprise') as string,
    });
  });
});

describe('a line of the log', () => {
  function logged(work: (logger: JsonLogger) => void, level = 'info'): Line[] {
    const written: string[] = [];
    work(new JsonLogger(level, { write: (line) => void written.push(line) }));
    return written.map((line) => JSON.parse(line) as Line);
  }

  it('has the fields, the message and where it comes from', () => {
    expect(logged((logger) => logger.warn({ roomId: 3 }, 'the log could not be read', 'feed'))).toMatchObject([
      { level: 'warn', context: 'feed', roomId: 3, msg: 'the log could not be read' },
    ]);
    expect(logged((logger) => logger.log('started', 'node'))).toMatchObject([{ context: 'node', msg: 'started' }]);
    expect(logged((logger) => logger.debug('nothing', 'node'))).toEqual([]);
  });

  it('hides what must not be there, should somebody log it', () => {
    const [line] = logged((logger) =>
      logger.log(
        {
          password: 'p-1',
          request: { authorization: 'p-2', text: 'p-3', route: '/x' },
          list: [{ token: 'p-4', id: 7 }],
        },
        'mistake',
        'test',
      ),
    );
    expect(line).toMatchObject({
      password: '[hidden]',
      request: { authorization: '[hidden]', text: '[hidden]', route: '/x' },
      list: [{ token: '[hidden]', id: 7 }],
    });
    expect(JSON.stringify(line)).not.toMatch(/p-\d/);
  });

  it('says of a failed statement what failed, not with which values', async () => {
    const { QueryFailedError } = await import('typeorm');
    const driver = Object.assign(new Error('value "what alice wrote" is wrong'), { code: '22P02', routine: 'in_text' });
    const [line] = logged((logger) =>
      logger.error(new QueryFailedError('SELECT $1', ['what alice wrote'], driver), 'test'),
    );
    expect(line).toMatchObject({
      sqlState: '22P02',
      routine: 'in_text',
      stack: expect.stringContaining(' at ') as string,
    });
    expect(JSON.stringify(line)).not.toContain('alice');
  });

  it('is readable before a terminal', async () => {
    let shown = '';
    const logger = new JsonLogger('info', readableLines({ write: (text) => (shown += text) }));
    logger.log({ status: 201, route: '/x' }, 'request', 'http');
    logger.error(new Error('broken'), 'test');
    await sleep(0);
    // eslint-disable-next-line no-control-regex
    const plain = shown.replace(/\u001b\[\d+m/g, '');
    expect(plain).toMatch(/^\d\d:\d\d:\d\d\.\d{3} info {2}http request status=201 route=\/x\n/);
    expect(plain).toMatch(/error test\nError: broken\n +at /);
  });
});
