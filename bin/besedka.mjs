#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';

// Where Node can (22 and later), compiled code is kept between starts.
module.enableCompileCache?.();

const entry = new URL('../dist/src/ops/cli/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry.href);
  await main(process.argv);
} else {
  process.stderr.write('Besedka is not built yet. Run `npm start` once, or `npm ci && npm run build`.\n');
  process.exitCode = 1;
}
