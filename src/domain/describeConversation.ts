import type { Conversation } from './conversation.ts';
import { permitted } from './conversationAccess.ts';
import type { DataOf, Events } from './events.ts';
import { checkTexts } from './limits.ts';
import type { User } from './user.ts';

export const describeConversation = (
  state: Conversation,
  by: User,
  changes: DataOf<'ConversationDescribed'>['changes'],
): Events => {
  permitted(state, by, 'describe');
  checkTexts(changes);
  const changed = Object.entries(changes).filter(
    ([field, value]) => value !== undefined && value !== state.described[field as keyof typeof changes],
  );
  if (changed.length === 0) return [];
  const { conversationId } = state;
  return [{ type: 'ConversationDescribed', data: { conversationId, changes: Object.fromEntries(changed) } }];
};
