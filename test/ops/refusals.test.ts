import { freshDatabase, onServer, testServer } from '../support/databases.js';
import {
  ensureBuild,
  type RunningService,
  serviceThatEnds,
  startService,
  temporaryDirectory,
} from './besedka-process.js';

jest.setTimeout(60_000);

const SECRET = 'x9K2mQ7vL4pR8tW1zB6nC3yD5fG0hJ-s';

describe('the service refuses to start', () => {
  const directory = temporaryDirectory();
  const DATA_DIR = directory.path;

  beforeAll(() => ensureBuild());
  afterAll(() => directory.remove());

  it('with mistakes in the configuration, and tells all of them at once', async () => {
    const { code, stdout, stderr } = await serviceThatEnds({
      DATA_DIR,
      PORT: 'soon',
      DATABASE_URL: 'mysql://x',
      BESEDKA_REGISTRATION: 'maybe',
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('3 mistakes');
    for (const name of ['PORT', 'DATABASE_URL', 'BESEDKA_REGISTRATION']) expect(stderr).toContain(`- ${name}: `);
  });

  it('in production with an unsafe configuration', async () => {
    const refused = await serviceThatEnds({ DATA_DIR, NODE_ENV: 'production', BESEDKA_SYNCHRONIZE: 'true' });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('BESEDKA_JWT_SECRET: must be set in production');
    expect(refused.stderr).toContain('BESEDKA_SYNCHRONIZE: never in production');
  });

  it('on a database that is not there, without telling its password', async () => {
    const { url, drop } = await freshDatabase();
    await drop();
    const { code, stderr } = await serviceThatEnds({
      DATA_DIR,
      DATABASE_URL: url.replace(/^(postgres:\/\/[^:@/]+)(:[^@]*)?@/, '$1:hidden-word@'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/The database at \S+ cannot be used: database "besedka_test_\w+" does not exist/);
    expect(stderr).not.toContain('hidden-word');
  });

  describe('a database that acknowledges before it is durable', () => {
    let fresh: Awaited<ReturnType<typeof freshDatabase>>;

    beforeAll(async () => {
      fresh = await freshDatabase();
      await onServer(testServer(), (client) =>
        client.query(`ALTER DATABASE ${fresh.name} SET synchronous_commit = off`),
      );
    });
    afterAll(() => fresh.drop());

    it('in production', async () => {
      const { code, stdout, stderr } = await serviceThatEnds({
        DATA_DIR,
        DATABASE_URL: fresh.url,
        NODE_ENV: 'production',
        BESEDKA_JWT_SECRET: SECRET,
      });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/acknowledges before it is durable \(.*synchronous_commit is off.*\)/);
    });

    it('and elsewhere starts with a loud warning', async () => {
      const service: RunningService = await startService({ DATA_DIR, DATABASE_URL: fresh.url, BESEDKA_PORTS: '1' });
      const { code } = await service.stop('SIGTERM');
      expect(code).toBe(0);
      expect(service.stderr()).toMatch(/WARNING: .+ acknowledges before it is durable/);
      expect(service.stderr()).toContain('Warning: BESEDKA_PORTS is not a setting of Besedka; the nearest is');
    });
  });
});
