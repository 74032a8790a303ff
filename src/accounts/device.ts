import { isIPv6 } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** From where somebody signs in, as his list of sessions shows it. */
export interface Device {
  address: string;
  userAgent: string;
}

export const CurrentDevice = createParamDecorator((_data: unknown, context: ExecutionContext): Device =>
  deviceOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function deviceOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Device {
  return { address: ip.slice(0, 64), userAgent: (headers['user-agent'] ?? '').slice(0, 256) };
}

/** The key under which an address is limited: whoever has one IPv6 address has its whole /64. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]!.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
