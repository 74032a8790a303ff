import { isIPv6 } from 'node:net';
import type { Config } from './platform/config.js';
import { VERSION } from './platform/version.js';

/** Where people reach the service: as configured, or else where it listens. */
export function publicUrl(config: Config, port: number): string {
  const host = config.get('HOST');
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return config.get('BESEDKA_PUBLIC_URL') ?? `http://${shown}:${port}`;
}

export interface BannerFacts {
  url: string;
  /** Which database, in words. */
  database: string;
  /** The one-time link, where there is no superuser yet. */
  setup?: { secret: string; minutes: number };
}

export function renderBanner({ url, database, setup }: BannerFacts): string {
  const lines = [
    '',
    `  Besedka ${VERSION} is ready`,
    '',
    `  Web       ${url}/`,
    `  API docs  ${url}/docs`,
    `  Health    ${url}/health/ready`,
    `  Database  ${database}`,
    '',
  ];
  // Behind the # the secret reaches neither a proxy's log nor another site.
  if (setup)
    lines.push(
      `  There is no superuser yet. This link makes one: it works once and for ${setup.minutes} minutes.`,
      `  ${url}/setup#${setup.secret}`,
      '',
    );
  return lines.join('\n');
}
