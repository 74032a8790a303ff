import { parseArgs } from 'node:util';
import type { Bench } from './bench.js';
import { cluster } from './cluster.js';
import { Databases } from './databases.js';
import { emission } from './emission.js';
import { filters } from './filters.js';
import { fanout } from './fanout.js';
import { history } from './history.js';
import { loginFlood } from './login-flood.js';
import { memory } from './memory.js';
import { report } from './report.js';
import { rooms } from './rooms.js';
import { send } from './send.js';
import { Service } from './service.js';
import { stalled } from './stalled.js';
import { start } from './start.js';
import { storm } from './storm.js';

const benches: Record<string, Bench> = {
  send,
  fanout,
  history,
  rooms,
  start,
  memory,
  emission,
  stalled,
  filters,
  storm,
  cluster,
  'login-flood': loginFlood,
};
const usage = `npm run bench -- <${Object.keys(benches).join('|')}> [--seconds 5] [--rounds 2] [--only peer|ours] [--profile directory]
DATABASE_URL names the PostgreSQL server (default postgres://postgres@127.0.0.1:5432); databases of our own are made there and dropped.`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
});
const [name = ''] = positionals;
const bench = benches[name];
const seconds = Math.min(30, Number(values.seconds));
const rounds = Math.min(10, Number(values.rounds));
if (!bench || !(seconds > 0) || !(rounds >= 1) || (values.only && !['peer', 'ours'].includes(values.only))) {
  console.error(usage);
  process.exit(2);
}
if (values.only !== 'peer' && bench !== emission && bench !== filters && !Service.isBuilt) {
  console.error('The service is not built: npm run build (or --only peer).');
  process.exit(2);
}

const databases = new Databases();
try {
  const lines = await bench({
    databases,
    rounds,
    warmUpMs: 1_000,
    measureMs: seconds * 1_000,
    ...(values.only && { only: values.only as 'peer' | 'ours' }),
    ...(values.profile && { profile: values.profile }),
  });
  report(name, lines);
} finally {
  await databases.drop();
}
