// Pins: messages that a conversation keeps in view.

import type { Events } from './events.ts';
import { type Asked, sentIn, stillSaid } from './messageAccess.ts';
import type { SaidMessage } from './saidMessage.ts';

export const pinMessage = (said: SaidMessage, ...asked: Asked): Events => {
  const { conversationId, messageId } = stillSaid(said, 'pin', ...asked);
  const [, { userId: pinnedBy }] = asked;
  return said.isPinned ? [] : [{ type: 'MessagePinned', data: { conversationId, messageId, pinnedBy } }];
};

export const unpinMessage = (said: SaidMessage, ...asked: Asked): Events => {
  const { conversationId, messageId } = sentIn('pin', ...asked);
  const [, { userId: unpinnedBy }] = asked;
  return said.isPinned ? [{ type: 'MessageUnpinned', data: { conversationId, messageId, unpinnedBy } }] : [];
};
