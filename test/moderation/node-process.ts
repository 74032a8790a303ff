import type { AddressInfo } from 'node:net';
import { createApp } from '../../src/app.js';
import { readConfig } from '../../src/platform/config.js';

/** One node of several on a database: the real application in a process of its own. Says where it listens, and ends with its input. */
const { config } = readConfig(process.env, '/nonexistent/.env');
const app = await createApp(config, { url: config.get('DATABASE_URL')! }, false);
await app.listen(0, '127.0.0.1');
// A busy test would use idle connections in the moment in which they are closed.
app.getHttpServer().keepAliveTimeout = 120_000;
process.stdin.resume().once('end', () => void app.close().then(() => process.exit(0)));
console.log(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`);
