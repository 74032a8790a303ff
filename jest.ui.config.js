import config from './jest.config.js';

/** The tests in a browser: one file after the other, because each has a service, a browser and several people in it. */
export default {
  ...config,
  roots: ['<rootDir>/test/browser'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 40_000,
  maxWorkers: 1,
};
