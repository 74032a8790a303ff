import { DrfManner } from '../drf.manner.js';
import { RUSSIAN } from '../drf.texts.js';

export const PYCHAT = 'pychat';
export const PYCHAT_ADDRESSES = /^\/chat\/(token|users|messages)(?=[/?]|$)/;

const TOKEN_PATH = /^\/chat\/token\/?$/;

export const PYCHAT_MANNER = new DrfManner(RUSSIAN, {
  challengeAt: (path) => (TOKEN_PATH.test(path) ? 'Basic realm="api"' : 'Token'),
  credentialsAt: TOKEN_PATH,
});
