/**
 * Which file may use which. test/architecture.test.ts runs this table over the sources, and over planted violations of every rule.
 * A module may use what stands in its list; whoever is not in the list of another stays unknown to it.
 */
const MAY_USE = {
  platform: [],
  accounts: ['platform'],
  rooms: ['platform', 'accounts'],
  messaging: ['platform', 'accounts', 'rooms'],
  moderation: ['platform', 'accounts', 'rooms', 'messaging'],
  realtime: ['platform', 'accounts', 'rooms', 'messaging'],
  integrations: ['platform', 'accounts', 'rooms', 'messaging'],
  dialects: ['platform', 'accounts', 'rooms', 'messaging', 'moderation'],
  ops: ['platform', 'accounts', 'rooms', 'messaging', 'moderation', 'realtime', 'integrations', 'dialects'],
};

/** The command line starts the whole service; the rest of ops is a module like any other. */
const directions = Object.entries(MAY_USE).map(([module, used]) => ({
  name: `direction-${module}`,
  comment: `${module} may use ${used.join(', ') || 'no other module'}`,
  severity: 'error',
  from: { path: `^src/${module}/`, ...(module === 'ops' ? { pathNot: '^src/ops/cli/' } : {}) },
  to: { path: '^src/', pathNot: `^src/(${[module, ...used].join('|')})/` },
}));

const npm = (...names) => `node_modules/(${names.join('|')})/`;

module.exports = {
  forbidden: [
    ...directions,
    {
      name: 'unknown-module',
      comment: 'a new module belongs into the table of directions',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: `^src/(${Object.keys(MAY_USE).join('|')})/` },
      to: {},
    },
    {
      name: 'command-line-is-an-end',
      comment: 'nothing but the program itself uses the command line',
      severity: 'error',
      from: { pathNot: '^src/ops/cli/' },
      to: { path: '^src/ops/cli/' },
    },
    {
      name: 'private-rows',
      comment: 'entities and repositories belong to their module; TypeORM gets the entities from src/schema.ts',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/.+\\.(entity|repository)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'private-rows-of-the-root',
      comment: 'the composition root takes no rows; src/schema.ts lists the entities',
      severity: 'error',
      from: { path: '^(src/[^/]+|ormconfig)\\.ts$', pathNot: '^src/schema\\.ts$' },
      to: { path: '\\.(entity|repository)\\.ts$' },
    },
    {
      name: 'typeorm-stays-below',
      comment: 'services speak to repositories and to Database',
      severity: 'error',
      from: { pathNot: '^src/platform/|\\.(entity|repository)\\.ts$|^src/schema\\.ts$|^ormconfig\\.ts$' },
      to: { path: npm('typeorm', '@nestjs/typeorm', 'pg') },
    },
    {
      name: 'sockets-stay-in-realtime',
      comment: 'others record events; the feed tells the sockets',
      severity: 'error',
      from: { pathNot: '^src/realtime/|^client/' },
      to: {
        path: npm(
          'socket\\.io',
          'socket\\.io-client',
          'engine\\.io',
          'ws',
          '@nestjs/websockets',
          '@nestjs/platform-socket\\.io',
        ),
      },
    },
    {
      name: 'edges-are-ends',
      comment: 'a controller or gateway is used by the module that declares it, and by nobody else',
      severity: 'error',
      from: { pathNot: '\\.module\\.ts$' },
      to: { path: '\\.(controller|gateway)\\.ts$' },
    },
    {
      name: 'edges-of-others',
      comment: 'a controller or gateway belongs to its module',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/.+\\.(controller|gateway)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'edges-query-nothing',
      comment: 'edges translate, services decide, repositories query',
      severity: 'error',
      from: { path: '\\.(controller|gateway)\\.ts$' },
      to: { path: '^src/platform/(database|tx|sql|migrate)\\.ts$|\\.(entity|repository)\\.ts$' },
    },
    {
      name: 'outside-speaks-the-api',
      comment: 'the web page and the typed client know the public API only',
      severity: 'error',
      from: { path: '^(web|client)/' },
      to: { path: '^(src|test|scripts)/' },
    },
    {
      name: 'no-cycles',
      comment: 'modules in a cycle cannot be understood or loaded one by one',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'what is imported exists; a rule cannot see through a path that leads nowhere',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Generated: it names every class of the API.
    exclude: { path: '^src/metadata\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
