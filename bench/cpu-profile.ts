import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tableOf } from './report.js';

/** Summarises profiles of `node --cpu-prof`: self time by package or own file, and the costliest functions. */
interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

interface Share {
  name: string;
  milliseconds: number;
}

const idle = '(idle)';
const usage = 'node --import @swc-node/register/esm-register bench/cpu-profile.ts <file.cpuprofile | directory> [rows]';

const [path, rows = '25'] = process.argv.slice(2);
if (!path) {
  console.error(usage);
  process.exit(2);
}

for (const file of filesOf(path)) {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
  const byPlace = new Map<string, number>();
  const byFunction = new Map<string, number>();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    if (!frame) continue;
    const milliseconds = (profile.timeDeltas[index] ?? 0) / 1_000;
    const place = placeOf(frame.url, frame.functionName);
    const name = frame.url
      ? `${frame.functionName || '(anonymous)'} ${place}:${frame.lineNumber + 1}`
      : frame.functionName;
    byPlace.set(place, (byPlace.get(place) ?? 0) + milliseconds);
    byFunction.set(name, (byFunction.get(name) ?? 0) + milliseconds);
  }
  const busy = [...byPlace].reduce((sum, [place, milliseconds]) => (place === idle ? sum : sum + milliseconds), 0);
  console.log(`${file}: busy ${Math.round(busy)} ms, idle ${Math.round(byPlace.get(idle) ?? 0)} ms`);
  print('package or file', byPlace, busy);
  print('function', byFunction, busy);
}

function filesOf(place: string): string[] {
  if (!statSync(place).isDirectory()) return [place];
  const files = readdirSync(place).filter((name) => name.endsWith('.cpuprofile'));
  return files.map((name) => join(place, name));
}

/** A package, a module of Node, a file of ours, or what V8 calls it: (garbage collector), (program), (idle). */
function placeOf(url: string, functionName: string): string {
  if (!url) return functionName.startsWith('(') ? functionName : '(native)';
  if (!url.startsWith('file:')) return url;
  const [, packagePath] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return packagePath ?? relative(process.cwd(), fileURLToPath(url));
}

function print(head: string, times: ReadonlyMap<string, number>, busy: number): void {
  const shares: Share[] = [...times].map(([name, milliseconds]) => ({ name, milliseconds }));
  const table = tableOf([head, 'self ms', '% of busy'], ['left', 'right', 'right']);
  for (const { name, milliseconds } of shares
    .filter((share) => share.name !== idle)
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, Number(rows)))
    table.push([name, Math.round(milliseconds), ((100 * milliseconds) / busy).toFixed(1)]);
  console.log(table.toString());
}
