const commonjs = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    target: 'es2022',
    keepClassNames: true,
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
};
/** ESM-only packages that jest gets as CommonJS. */
const esmPackages =
  '@nestjs|content-disposition|cookie|file-type|load-esm|uid|iterare|zod|jose|request-filtering-agent|es-toolkit|dotenv|dotenv-expand|js-yaml|@standard-schema';

/** One configuration for Node 20, 22 and 24: everything is compiled to CommonJS for jest only. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // They have a run of their own: `npm run test:ui`.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/browser/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': ['@swc/jest', commonjs],
    'node_modules/.+\\.m?js$': ['@swc/jest', commonjs],
  },
  transformIgnorePatterns: [`node_modules/(?!(?:.*node_modules/)?(?:${esmPackages})/)`],
  globalSetup: '<rootDir>/test/support/start-database.mjs',
  globalTeardown: '<rootDir>/test/support/stop-database.mjs',
  testTimeout: 30_000,
  maxWorkers: 2,
};
