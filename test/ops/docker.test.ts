import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readConfig, SETTINGS } from '../../src/platform/config.js';
import { ensureBuild, ROOT } from './besedka-process.js';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Instruction {
  word: string;
  rest: string;
}

/** The Dockerfile's stages, each with its instructions; continued lines are one. */
function stagesOf(dockerfile: string): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of dockerfile.replace(/\\\n\s*/g, ' ').split('\n')) {
    const [, word, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (!word) continue;
    if (word === 'FROM') stages.push([]);
    stages.at(-1)!.push({ word, rest: rest! });
  }
  return stages;
}

const stages = stagesOf(read('docker/Dockerfile'));
const image = stages.at(-1)!;
const all = (word: string, stage = image) =>
  stage.filter((instruction) => instruction.word === word).map(({ rest }) => rest);
const one = (word: string) => {
  const [rest, ...more] = all(word);
  expect(more).toEqual([]);
  return rest!;
};
const environmentOf = () =>
  Object.fromEntries(
    all('ENV').flatMap((line) => line.split(/\s+/).map((pair) => pair.split('=') as [string, string])),
  );

describe('the image', () => {
  it('is built in stages from one pinned base', () => {
    const bases = stages.map((stage) => stage[0]!.rest.split(' ')[0]!);
    expect(bases.length).toBe(2);
    expect(new Set(bases).size).toBe(1);
    expect(bases[0]).toMatch(/^node:\d+-\w+-slim$/);
  });

  it('runs as an ordinary user, who owns the data', () => {
    expect(one('USER')).toBe('node');
    const { DATA_DIR } = environmentOf();
    expect(one('VOLUME')).toBe(DATA_DIR);
    expect(all('RUN').join('\n')).toContain(`chown node:node ${DATA_DIR}`);
  });

  it('carries no development packages', () => {
    expect(all('RUN', stages[0]).join('\n')).toMatch(/npm ci\b.*[^]*npm run build && npm prune --omit=dev/);
  });

  it('copies only what exists and is not ignored', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(read('.dockerignore').split('\n')[0]).toBe('*');
    const sources = stages
      .flatMap((stage) => all('COPY', stage))
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(join(ROOT, source))).toBe(true);
      expect(kept).toContain(source.replace(/^\.\//, ''));
    }
  });

  it('starts a file that the build makes, without a shell that would keep signals from it', () => {
    ensureBuild();
    const [program, entry] = JSON.parse(one('CMD')) as string[];
    expect(program).toBe('node');
    expect(existsSync(join(ROOT, entry!))).toBe(true);
  }, 60_000);

  it('sets known settings only, and listens where it says', () => {
    const environment = environmentOf();
    expect(Object.keys(environment).filter((name) => !(name in SETTINGS))).toEqual([]);
    expect(environment).toMatchObject({ NODE_ENV: 'production', HOST: '0.0.0.0', PORT: one('EXPOSE') });
  });

  it('is healthy exactly when the service is ready', async () => {
    const [, probe] = /CMD (\[.+\])$/.exec(one('HEALTHCHECK'))!;
    const [, ...args] = JSON.parse(probe!) as string[];
    let status = 200;
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(status).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const probed = () => {
      const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: 'ignore' });
      return new Promise((done) => child.once('exit', done));
    };
    expect(await probed()).toBe(0);
    status = 503;
    expect(await probed()).toBe(1);
    expect(asked).toEqual(['/health/ready', '/health/ready']);
    await new Promise((done) => server.close(done));
    expect(await probed()).toBe(1);
  });
});

interface Service {
  build?: { context: string; dockerfile: string };
  image?: string;
  ports?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
}

describe.each(['docker/compose.yaml', 'docker/compose.postgres.yaml'])('%s', (file) => {
  const { services, volumes } = parse(read(file)) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const besedka = services.besedka!;
  /** As compose puts values in: what the operator gives, else what stands behind :- there. */
  const given = (text: string, values: Record<string, string>) =>
    text.replace(
      /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g,
      (_all, name: string, otherwise = '') => values[name] ?? otherwise,
    );

  it('builds our image and publishes its port to this machine alone', () => {
    expect(existsSync(join(ROOT, 'docker', besedka.build!.context, besedka.build!.dockerfile))).toBe(true);
    expect(besedka.ports).toEqual([`127.0.0.1:3000:${one('EXPOSE')}`]);
    expect(besedka.stop_grace_period).toBe('30s');
  });

  it('gives settings that the service knows and takes in production', () => {
    expect(Object.keys(besedka.environment!).filter((name) => !(name in SETTINGS))).toEqual([]);
    const values = { BESEDKA_JWT_SECRET: 'x9K2mQ7vL4pR8tW1zB6nC3yD5fG0hJ-s', POSTGRES_PASSWORD: '5f0c' };
    const environment = Object.fromEntries(
      Object.entries(besedka.environment!).map(([name, text]) => [name, given(text, values)]),
    );
    const { config, warnings } = readConfig({ ...environmentOf(), ...environment }, '/nonexistent/.env');
    expect(warnings).toEqual([]);
    expect(config.production).toBe(true);
    if (services.postgres) expect(config.get('DATABASE_URL')).toBe('postgres://besedka:5f0c@postgres:5432/besedka');
  });

  it('holds no secret and demands those that it needs', () => {
    for (const service of Object.values(services))
      for (const [name, text] of Object.entries(service.environment ?? {}))
        if (/SECRET|PASSWORD/.test(name)) expect(text).toMatch(/^\$\{\w+:\?.+\}$/);
    expect(besedka.environment).toHaveProperty('BESEDKA_JWT_SECRET');
  });

  it('keeps data in volumes that it declares, and waits for what it depends on', () => {
    const used = Object.values(services).flatMap((service) =>
      (service.volumes ?? []).map((volume) => volume.split(':')[0]!),
    );
    expect(used.sort()).toEqual(Object.keys(volumes).sort());
    for (const [name, { condition }] of Object.entries(besedka.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      expect(services[name]!.healthcheck!.test.length).toBeGreaterThan(1);
    }
    for (const service of Object.values(services)) if (service.image) expect(service.image).toMatch(/^[\w-]+:\d+-\w+$/);
  });
});
