import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { LimitName } from './limits.table.js';

export const LIMITED = 'besedka:limited';

/**
 * Names the limit of this operation, where it is not that of all requests of an account or, for what is public, of an address. Limits that
 * services count themselves are only named in the answer's headers.
 */
export function Limited(name: LimitName): MethodDecorator {
  return applyDecorators(SetMetadata(LIMITED, name), ApiExtension('x-limit', name));
}

/** Takes a controller out of the limits: for what supervisors and load balancers ask. */
export const Unlimited = (): ClassDecorator => SetMetadata(LIMITED, 'none');
