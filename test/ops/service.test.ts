import { execFile, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { eventually } from '../support/expect.js';
import {
  besedka,
  ensureBuild,
  ROOT,
  type RunningService,
  serviceThatEnds,
  startService,
  temporaryDirectory,
} from './besedka-process.js';

jest.setTimeout(90_000);

const json = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** One data directory that the tests below use one after the other, as an operator would. */
describe('the service on its embedded database', () => {
  const directory = temporaryDirectory();
  const DATA_DIR = join(directory.path, 'data');
  const root = { username: 'root', password: 'root: long enough' };
  let service: RunningService;

  beforeAll(async () => {
    ensureBuild();
    service = await startService({ DATA_DIR });
  });
  afterAll(async () => {
    await service?.stop('SIGKILL');
    await eventually(
      () => !existsSync(join(DATA_DIR, 'postgres/postmaster.pid')),
      'the engine to end with the service',
      20_000,
    );
    directory.remove();
  });

  const signIn = async (person: { username: string; password: string }) =>
    (await fetch(`${service.origin}/api/v1/auth/token`, json({ grant_type: 'password', ...person }))).status;

  it('tells where it can be reached, and is ready there', async () => {
    for (const path of ['/', '/docs', '/health/ready']) {
      expect(service.banner).toContain(`${service.origin}${path}`);
      expect((await fetch(`${service.origin}${path}`)).status).toBe(200);
    }
    expect(service.banner).toMatch(/PostgreSQL \d+\.\d+ \(embedded, in .+\/data\)/);
    expect(service.stderr()).toBe('');
  });

  it('shows the page of the setup link in both languages, with nothing from elsewhere', async () => {
    const page = async (language: string) => {
      const answer = await fetch(`${service.origin}/setup`, { headers: { 'accept-language': language } });
      return { policy: answer.headers.get('content-security-policy'), text: await answer.text() };
    };
    const [english, russian] = [await page('en'), await page('ru-RU,ru;q=0.9')];
    expect(english.text).toContain('Make the first superuser');
    expect(russian.text).toContain('Создать первого суперпользователя');
    expect(english.policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; script-src 'self'; connect-src 'self';/,
    );
    const [, script] = /<script src="([^"]+)">/.exec(english.text)!;
    const answer = await fetch(new URL(script!, `${service.origin}/setup`));
    expect(answer.headers.get('content-type')).toContain('text/javascript');
    expect(await answer.text()).toContain('location.hash');
  });

  it('makes one superuser by the setup link and refuses it from then on', async () => {
    const setUp = (body: object) => fetch(`${service.origin}/api/v1/auth/setup`, json(body));
    expect((await setUp({ token: 'guess', ...root })).status).toBe(404);
    expect((await setUp({ token: service.setup, ...root, password: 'short' })).status).toBe(400);
    expect((await setUp({ token: service.setup, ...root })).status).toBe(201);
    const again = await setUp({ token: service.setup, username: 'mallory', password: 'mallory: long enough' });
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([404, 'auth/setup-link-invalid']);
    expect(await signIn(root)).toBe(200);
  });

  it('refuses a second process on its data directory within a second, and goes on', async () => {
    let fastest = Infinity;
    // Other tests may keep the processor busy: one of several tries shows how long it takes.
    for (let attempt = 0; attempt < 10 && fastest >= 1_000; attempt++) {
      const second = await serviceThatEnds({ DATA_DIR });
      expect(second).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Another Besedka runs on this data directory') as string,
      });
      fastest = Math.min(fastest, second.milliseconds);
    }
    expect(fastest).toBeLessThan(1_000);
    expect(await signIn(root)).toBe(200);
  });

  it('shares its running engine with the command line', async () => {
    const listed = await besedka(['user', 'list', '--json'], { DATA_DIR });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ username: 'root', role: 'superuser' }]);
    const created = await besedka(
      ['user', 'create', 'alice', '--role', 'moderator', '--password-stdin'],
      { DATA_DIR },
      'alice: long enough\n',
    );
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining('Created moderator alice') as string });
    expect(await signIn({ username: 'alice', password: 'alice: long enough' })).toBe(200);
    const doctor = await besedka(['doctor', '--json'], { DATA_DIR });
    expect(doctor.code).toBe(0);
    const { ok, checks } = JSON.parse(doctor.stdout) as { ok: boolean; checks: { check: string }[] };
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).toEqual([
      'Node',
      'configuration',
      'data directory',
      'database',
      'version',
      'durability',
      'migrations',
      'rights',
      'clock',
    ]);
  });

  it('shares it with the typeorm command line, too', async () => {
    const args = [
      '--import',
      '@swc-node/register/esm-register',
      'node_modules/typeorm/cli.js',
      '-d',
      'ormconfig.ts',
      'migration:show',
    ];
    const { PATH, HOME } = process.env;
    const shown = await new Promise<string>((done) =>
      execFile(process.execPath, args, { cwd: ROOT, env: { PATH, HOME, DATA_DIR } }, (_error, stdout, stderr) =>
        done(stdout + stderr),
      ),
    );
    expect(shown).toMatch(/\[X\] \d+ Foundation\d+/);
    expect(shown).not.toContain('[ ]');
  });

  it('ends with 0 on SIGTERM, and its engine with it', async () => {
    const { code, stderr } = await service.stop('SIGTERM');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(existsSync(join(DATA_DIR, 'postgres/postmaster.pid'))).toBe(false);
  });

  it('starts again with what it had, and without a setup link', async () => {
    service = await startService({ DATA_DIR });
    expect(service.setup).toBeUndefined();
    expect(await signIn(root)).toBe(200);
  });

  it('starts again after kill -9', async () => {
    await service.stop('SIGKILL');
    service = await startService({ DATA_DIR });
    expect(await signIn(root)).toBe(200);
  });

  it('ends with 1 when its engine is gone', async () => {
    process.kill(Number.parseInt(readFileSync(join(DATA_DIR, 'postgres/postmaster.pid'), 'utf8'), 10), 'SIGINT');
    const { code, stderr } = await service.ended;
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The embedded PostgreSQL has ended') as string,
    });
    service = await startService({ DATA_DIR });
  });

  it('ends when the npm that runs it is killed, which ends only the shell between them', async () => {
    await service.stop('SIGTERM');
    const { PATH, HOME } = process.env;
    const shell = spawn('sh', ['-c', `"${process.execPath}" scripts/start.mjs; true`], {
      cwd: ROOT,
      env: { PATH, HOME, DATA_DIR, PORT: '0', BESEDKA_LOG_LEVEL: 'error', npm_lifecycle_event: 'start' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await eventually(() => said.includes('Health'), 'the banner', 25_000);
    shell.kill('SIGKILL');
    await eventually(() => !existsSync(join(DATA_DIR, 'postgres/postmaster.pid')), 'the engine to stop', 10_000);
    service = await startService({ DATA_DIR });
  });

  it('says when its port is taken, and leaves nothing behind', async () => {
    await service.stop('SIGTERM');
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as { port: number };
    const refused = await serviceThatEnds({ DATA_DIR, PORT: String(port) });
    other.close();
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`) as string,
    });
    expect(existsSync(join(DATA_DIR, 'postgres/postmaster.pid'))).toBe(false);
    service = await startService({ DATA_DIR });
  });
});
