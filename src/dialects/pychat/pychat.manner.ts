import { DrfManner } from '../drf.manner.js';
import { RUSSIAN } from '../drf.texts.js';

export const PYCHAT = 'pychat';
export const PYCHAT_ADDRESSES = /^\/chat\/(token|users|messages)(?=[/?]|$)/;

export const PYCHAT_MANNER = new DrfManner(RUSSIAN, (path) =>
  /^\/chat\/token\/?$/.test(path) ? 'Basic realm="api"' : 'Token',
);
