import { DrfManner } from '../drf.manner.js';
import { ENGLISH } from '../drf.texts.js';

export const THANCHAT = 'thanchat';
export const THANCHAT_ADDRESSES =
  /^\/(userauth\/(users|token\/(login|logout))|chatApp\/(chatRooms|messages))(?=[/?]|$)/;

export const THANCHAT_MANNER = new DrfManner(ENGLISH, { challengeAt: () => 'Basic realm="api"' });
