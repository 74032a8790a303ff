import type { DialectName } from '../platform/config.js';
import type { Manner } from '../platform/manner.js';
import { PYCHAT_DOCUMENT } from './pychat/pychat.document.js';
import { PYCHAT_ADDRESSES, PYCHAT_MANNER } from './pychat/pychat.manner.js';

interface Dialect {
  title: string;
  /** The addresses that are the dialect's own, below the root. */
  addresses: RegExp;
  manner: Manner;
  /** Its OpenAPI document. */
  document: object;
}

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  pychat: { title: 'PyChat', addresses: PYCHAT_ADDRESSES, manner: PYCHAT_MANNER, document: PYCHAT_DOCUMENT },
};
