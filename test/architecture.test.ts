import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Cruise {
  modules: { source: string }[];
  summary: {
    violations: { from: string; to: string; rule: { name: string } }[];
    ruleSetUsed: { forbidden: { name: string }[] };
  };
}

function cruise(directory: string, ...paths: string[]): Promise<Cruise> {
  const args = [CRUISER, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...paths];
  return new Promise((done, reject) =>
    execFile(process.execPath, args, { cwd: directory, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      try {
        done(JSON.parse(stdout) as Cruise);
      } catch {
        reject(new Error(stderr || stdout));
      }
    }),
  );
}

const violationsOf = ({ summary }: Cruise) =>
  summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();

function sourcesIn(directory: string, path = 'src'): string[] {
  return readdirSync(join(directory, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => file !== 'src/metadata.ts')
    .sort();
}

/** What dependencies cannot show. */
const WRITTEN_RULES: Record<string, (file: string, text: string) => boolean> = {
  'no barrels': (file) => basename(file) === 'index.ts',
  'files say what is in them': (file) =>
    /(^|[-.])(utils?|helpers?|common|managers?|impl|base)[-.]/.test(basename(file)),
  'no forwardRef': (_file, text) => /\bforwardRef\b/.test(text),
  'no I-prefixed interfaces': (_file, text) => /\b(interface|type) I[A-Z][a-z]/.test(text),
  'named exports only': (file, text) => file !== 'ormconfig.ts' && /^export default\b/m.test(text),
  'ids instead of TypeORM relations': (_file, text) =>
    /@(ManyToOne|OneToMany|OneToOne|ManyToMany|JoinColumn|JoinTable)\(/.test(text),
  'nothing reaches out of the project': (_file, text) => /\.\.\/(shared|work)\//.test(text),
};

function writtenMistakes(directory: string): string[] {
  return sourcesIn(directory).flatMap((file) => {
    const text = readFileSync(join(directory, file), 'utf8');
    return Object.entries(WRITTEN_RULES)
      .filter(([, broken]) => broken(file, text))
      .map(([rule]) => `${rule}: ${file}`);
  });
}

describe('the sources', () => {
  it('keep the directions between modules, and every file is looked at', async () => {
    const cruised = await cruise(ROOT, 'src', 'client', 'ormconfig.ts');
    const seen = cruised.modules
      .map((module) => module.source)
      .filter((source) => /^((src|client)\/.+|ormconfig)\.ts$/.test(source));
    expect(seen.sort()).toEqual(['ormconfig.ts', ...sourcesIn(ROOT), ...sourcesIn(ROOT, 'client')].sort());
    expect(seen.length).toBeGreaterThan(60);
    expect(violationsOf(cruised)).toEqual([]);
  });

  it('keep the rules of writing', () => {
    expect(writtenMistakes(ROOT)).toEqual([]);
  });
});

describe('planted violations', () => {
  let directory: string;

  function plant(files: Record<string, string>): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(directory, dirname(file)), { recursive: true });
      writeFileSync(join(directory, file), text);
    }
  }

  beforeEach(() => {
    mkdirSync(join(ROOT, 'dist'), { recursive: true });
    // Inside the project, so that packages are found; under dist, so that nothing else looks at it.
    directory = mkdtempSync(join(ROOT, 'dist/planted-'));
    plant({ 'tsconfig.json': readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'), ...SOUND });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('are absent from a sound tree', async () => {
    expect(violationsOf(await cruise(directory, 'src', 'client'))).toEqual([]);
    expect(writtenMistakes(directory)).toEqual([]);
  });

  it('are reported one by one, for every rule of the table', async () => {
    plant(Object.fromEntries(PLANTED.map(({ file, imports }) => [file, `import '${imports}';\n`])));
    const cruised = await cruise(directory, 'src', 'client');
    const reported = new Set(cruised.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`));
    expect([...reported].sort()).toEqual(PLANTED.map(({ rule, file }) => `${rule}: ${file}`).sort());
    const rules = cruised.summary.ruleSetUsed.forbidden.map((rule) => rule.name);
    expect([...new Set(PLANTED.map(({ rule }) => rule))].sort()).toEqual(rules.sort());
  });

  it('are reported for every rule of writing', () => {
    plant(WRITTEN);
    expect(writtenMistakes(directory).sort()).toEqual(
      Object.entries(WRITTEN_FAULTS)
        .map(([rule, file]) => `${rule}: ${file}`)
        .sort(),
    );
    expect(Object.keys(WRITTEN_FAULTS).sort()).toEqual(Object.keys(WRITTEN_RULES).sort());
  });
});

/** A tree in which every module uses what it may. */
const SOUND: Record<string, string> = {
  'src/platform/database.ts': `import 'typeorm';\n`,
  'src/accounts/account.entity.ts': `import 'typeorm';\n`,
  'src/accounts/account.repository.ts': `import './account.entity.js';\nimport '../platform/database.js';\n`,
  'src/accounts/accounts.service.ts': `import './account.repository.js';\n`,
  'src/accounts/accounts.controller.ts': `import './accounts.service.js';\n`,
  'src/accounts/accounts.module.ts': `import './accounts.controller.js';\n`,
  'src/rooms/rooms.service.ts': `import '../accounts/accounts.service.js';\n`,
  'src/rooms/hen.ts': `import './egg.js';\n`,
  'src/rooms/egg.ts': '',
  'src/messaging/messaging.service.ts': `import '../rooms/rooms.service.js';\n`,
  'src/realtime/chat.gateway.ts': `import '@nestjs/websockets';\nimport '../messaging/messaging.service.js';\n`,
  'src/realtime/realtime.module.ts': `import './chat.gateway.js';\n`,
  'src/moderation/moderation.service.ts': `import '../messaging/messaging.service.js';\n`,
  'src/integrations/keys.service.ts': `import '../messaging/messaging.service.js';\n`,
  'src/dialects/dialects.service.ts': `import '../moderation/moderation.service.js';\n`,
  'src/ops/ops.module.ts': `import '../accounts/accounts.service.js';\n`,
  'src/schema.ts': `import './accounts/account.entity.js';\n`,
  'src/app.module.ts': `import './ops/ops.module.js';\nimport './accounts/accounts.module.js';\n`,
  'src/ops/cli/main.ts': `import '../../app.module.js';\n`,
  'client/client.ts': `import 'socket.io-client';\n`,
};

/** One file with one import for each rule that it breaks. */
const PLANTED: { rule: string; file: string; imports: string }[] = [
  { rule: 'direction-platform', file: 'src/platform/clock.ts', imports: '../ops/ops.module.js' },
  { rule: 'direction-accounts', file: 'src/accounts/names.ts', imports: '../rooms/rooms.service.js' },
  { rule: 'direction-rooms', file: 'src/rooms/access.ts', imports: '../messaging/messaging.service.js' },
  { rule: 'direction-messaging', file: 'src/messaging/search.ts', imports: '../realtime/realtime.module.js' },
  { rule: 'direction-moderation', file: 'src/moderation/audit.ts', imports: '../realtime/realtime.module.js' },
  { rule: 'direction-realtime', file: 'src/realtime/feed.ts', imports: '../moderation/moderation.service.js' },
  { rule: 'direction-integrations', file: 'src/integrations/hooks.ts', imports: '../moderation/moderation.service.js' },
  { rule: 'direction-dialects', file: 'src/dialects/pychat.ts', imports: '../integrations/keys.service.js' },
  { rule: 'direction-ops', file: 'src/ops/metrics.ts', imports: '../app.module.js' },
  { rule: 'unknown-module', file: 'src/billing/invoice.ts', imports: '../platform/database.js' },
  { rule: 'command-line-is-an-end', file: 'src/start.ts', imports: './ops/cli/main.js' },
  { rule: 'private-rows', file: 'src/rooms/owner.ts', imports: '../accounts/account.repository.js' },
  { rule: 'private-rows', file: 'src/rooms/names.ts', imports: '../accounts/account.entity.js' },
  { rule: 'private-rows-of-the-root', file: 'src/app.ts', imports: './accounts/account.repository.js' },
  { rule: 'typeorm-stays-below', file: 'src/rooms/list.service.ts', imports: 'typeorm' },
  { rule: 'typeorm-stays-below', file: 'src/rooms/count.service.ts', imports: 'pg' },
  { rule: 'sockets-stay-in-realtime', file: 'src/messaging/tell.service.ts', imports: 'socket.io' },
  { rule: 'edges-are-ends', file: 'src/accounts/profile.service.ts', imports: './accounts.controller.js' },
  { rule: 'edges-of-others', file: 'src/rooms/rooms.module.ts', imports: '../accounts/accounts.controller.js' },
  { rule: 'edges-query-nothing', file: 'src/accounts/search.controller.ts', imports: './account.repository.js' },
  { rule: 'edges-query-nothing', file: 'src/rooms/rooms.controller.ts', imports: '../platform/database.js' },
  { rule: 'outside-speaks-the-api', file: 'client/events.ts', imports: '../src/platform/database.js' },
  { rule: 'no-cycles', file: 'src/rooms/egg.ts', imports: './hen.js' },
  { rule: 'resolvable', file: 'src/rooms/lost.ts', imports: './nowhere.js' },
];

const WRITTEN: Record<string, string> = {
  'src/rooms/index.ts': '',
  'src/rooms/room-utils.ts': '',
  'src/rooms/knot.module.ts': `forwardRef(() => 1);\n`,
  'src/rooms/prefix.ts': `export interface IRoom { id: number }\n`,
  'src/rooms/nameless.ts': `export default 1;\n`,
  'src/rooms/related.ts': `class Row { @ManyToOne(() => Row) other: Row }\n`,
  'src/rooms/beyond.ts': `// see ../../../shared/notes\n`,
};

const WRITTEN_FAULTS: Record<string, string> = {
  'no barrels': 'src/rooms/index.ts',
  'files say what is in them': 'src/rooms/room-utils.ts',
  'no forwardRef': 'src/rooms/knot.module.ts',
  'no I-prefixed interfaces': 'src/rooms/prefix.ts',
  'named exports only': 'src/rooms/nameless.ts',
  'ids instead of TypeORM relations': 'src/rooms/related.ts',
  'nothing reaches out of the project': 'src/rooms/beyond.ts',
};
