import type { DialectName } from '../platform/config.js';
import type { Manner } from '../platform/manner.js';
import { ATOMCHAT_DOCUMENT } from './atomchat/atomchat.document.js';
import { ATOMCHAT_ADDRESSES, ATOMCHAT_MANNER } from './atomchat/atomchat.manner.js';
import { CHATAPI_DOCUMENT } from './chatapi/chatapi.document.js';
import { CHATAPI_ADDRESSES, CHATAPI_MANNER } from './chatapi/chatapi.manner.js';
import { PYCHAT_DOCUMENT } from './pychat/pychat.document.js';
import { PYCHAT_ADDRESSES, PYCHAT_MANNER } from './pychat/pychat.manner.js';
import { ROSCHAT_DOCUMENT } from './roschat/roschat.document.js';
import { ROSCHAT_ADDRESSES, ROSCHAT_MANNER } from './roschat/roschat.manner.js';
import { THANCHAT_DOCUMENT } from './thanchat/thanchat.document.js';
import { THANCHAT_ADDRESSES, THANCHAT_MANNER } from './thanchat/thanchat.manner.js';

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
  chatapi: { title: 'ChatAPI', addresses: CHATAPI_ADDRESSES, manner: CHATAPI_MANNER, document: CHATAPI_DOCUMENT },
  atomchat: { title: 'AtomChat', addresses: ATOMCHAT_ADDRESSES, manner: ATOMCHAT_MANNER, document: ATOMCHAT_DOCUMENT },
  roschat: { title: 'RosChat', addresses: ROSCHAT_ADDRESSES, manner: ROSCHAT_MANNER, document: ROSCHAT_DOCUMENT },
  thanchat: { title: 'ThanChat', addresses: THANCHAT_ADDRESSES, manner: THANCHAT_MANNER, document: THANCHAT_DOCUMENT },
};
