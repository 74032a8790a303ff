import type { IncomingHttpHeaders } from 'node:http';

/** From where a socket is opened, as Fastify counts it for HTTP: each trusted proxy has appended the address it saw. */
export function callerAddress(headers: IncomingHttpHeaders, peer: string, proxies: number): string {
  const forwarded = headers['x-forwarded-for'];
  if (proxies === 0 || typeof forwarded !== 'string') return peer;
  const addresses = forwarded.split(',').map((address) => address.trim());
  return addresses.at(-proxies) ?? addresses[0]!;
}
