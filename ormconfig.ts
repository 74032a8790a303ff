import { DataSource } from 'typeorm';
import { readConfig } from './src/platform/config.js';
import { type DatabaseAddress, dataSourceOptions } from './src/platform/data-source.js';
import { findRunningEngine } from './src/platform/embedded/running-engine.js';
import { schema } from './src/schema.js';

const { config } = readConfig();

function address(): DatabaseAddress {
  const url = config.get('DATABASE_URL');
  if (url !== undefined) return { url };
  const running = findRunningEngine(config.get('DATA_DIR'));
  if (running) return running;
  throw new Error(
    `No database runs in ${config.get('DATA_DIR')}. Start Besedka (npm start) in another terminal, or set DATABASE_URL.`,
  );
}

/** The data source of the `typeorm` command line, described as the application's own is. */
export default new DataSource(dataSourceOptions(address(), schema, { connections: 4 }));
