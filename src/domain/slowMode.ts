// Slow mode: so many seconds lie between two messages of one member.

import { may } from './access.ts';
import type { Conversation } from './conversation.ts';
import { readerIn } from './conversationAccess.ts';
import { Refused } from './refused.ts';
import type { User } from './user.ts';

/** Must the sender wait between two messages? Whoever moderates the conversation need not. */
export const isSlowed = (conversation: Conversation, sender: User): boolean =>
  conversation.policy.slowMode > 0 && !may(readerIn(conversation, sender), 'moderate', conversation);

/**
 * `before`, `at`: ISO times of the sender's last message, and of the next one. Clocks of two processes differ: nobody waits
 * longer than the policy says. @throws Refused `slow-mode`
 */
export const checkPace = ({ policy: { slowMode } }: Conversation, before: string, at: string): void => {
  const left = slowMode - (Date.parse(at) - Date.parse(before)) / 1000;
  if (left > 0) throw new Refused('slow-mode', undefined, [], Math.min(Math.ceil(left), slowMode));
};
