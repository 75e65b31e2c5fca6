// Whoever writes in a thread follows it, and so does whoever began it, unless they have left it. Recorded before the message:
// a crash between the two leaves somebody who follows a thread that they wanted to write in.

import type { Conversation } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { followings, followOwnThread, followThread } from '../domain/following.ts';
import { factsOfMessage } from '../domain/messageAccess.ts';
import type { Sent } from '../domain/saidMessage.ts';
import { users } from '../domain/user.ts';
import { unkeyed } from './context.ts';
import type { Core } from './core.ts';

export const followByWriting = async (
  core: Core,
  meta: Meta,
  conversation: Conversation,
  writerId: string,
  root: Sent,
): Promise<void> => {
  const { messageId: threadId, senderId: beginnerId } = root;
  const { conversationId } = conversation;
  const follow = (userId: string, decide: typeof followThread) =>
    core.ledger.transact(followings, `${conversationId}-${threadId}-${userId}`, unkeyed(meta), (following) =>
      decide(following, { conversationId, threadId, userId }),
    );
  await follow(writerId, followThread);
  if (beginnerId === null || beginnerId === writerId) return;
  // Nobody is told of a message that they may no longer read.
  const { isReadable, isShown } = factsOfMessage(conversation, await core.ledger.load(users, beginnerId), root);
  if (isReadable && isShown) await follow(beginnerId, followOwnThread);
};
