import { DrfManner } from '../drf.manner.js';
import { ENGLISH } from '../drf.texts.js';

export const ATOMCHAT = 'atomchat';
export const ATOMCHAT_ADDRESSES = /^\/api\/(users|auth\/tokens|rooms|messages)(?=[/?]|$)/;

export const ATOMCHAT_MANNER = new DrfManner(ENGLISH, {
  challengeAt: () => 'Token',
  statuses: { 'moderation/self': 403 },
});
