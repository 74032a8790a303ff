import { LIMITS, limitsOfKind } from '../../src/platform/limits.table.js';

/** Settings under which tests and benchmarks may send as fast as they can; the limits that guard passwords stay as they are. */
export const LIFTED_LIMITS: Record<string, string> = {
  ...Object.fromEntries(limitsOfKind('bucket').map((name) => [LIMITS[name].setting, '100000000/s'])),
  [LIMITS.register.setting]: '1000000',
  BESEDKA_SOCKETS_PER_ADDRESS: '1000000',
  BESEDKA_CONNECTIONS_PER_ADDRESS: '1000000',
};
