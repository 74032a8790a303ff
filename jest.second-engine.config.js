import config from './jest.config.js';

/** Files whose outcome no database engine decides: they ask none, bring their own, or look at bodies, documents and pages before one is asked. */
const DECIDED_BY_NO_ENGINE = [
  'architecture.test.ts',
  'client/',
  'contract/(breaking-changes|documents|fuzz|problem-pages|snapshots)',
  'docs/',
  'durability/(checker|cluster|embedded|full-disk|torture)',
  'moderation/filter-speed',
  'ops/(docker|logs|metrics|nginx|refusals|scripts|service|shutdown|tracing)',
  'platform/(config|limits|redis)',
  'security/(connecting|frames|http|input|operations)',
];

/** The tests once more on a second engine; `npm run test:pg` runs them all there. */
export default {
  ...config,
  testPathIgnorePatterns: [
    ...config.testPathIgnorePatterns,
    ...DECIDED_BY_NO_ENGINE.map((place) => `<rootDir>/test/${place}`),
  ],
};
