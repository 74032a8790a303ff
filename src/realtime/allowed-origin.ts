import type { IncomingMessage } from 'node:http';
import type { Config } from '../platform/config.js';

/** Whether the web page that opens this socket, if it is one, is ours or among the configured origins. */
export function isAllowedOrigin(request: Pick<IncomingMessage, 'headers'>, config: Config): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  const allowed = config.get('BESEDKA_CORS_ORIGINS');
  if (allowed.includes('*') || allowed.includes(origin)) return true;
  const publicUrl = config.get('BESEDKA_PUBLIC_URL');
  if (publicUrl !== undefined && new URL(publicUrl).origin === origin) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
