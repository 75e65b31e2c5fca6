// Finds the earlier messages that a new one refers to.

import type { Conversation } from '../domain/conversation.ts';
import { mayLookIn } from '../domain/messageAccess.ts';
import type { Earlier, References } from '../domain/references.ts';
import { saidId, saidMessages } from '../domain/saidMessage.ts';
import type { User } from '../domain/user.ts';
import type { Core } from './core.ts';

/** Undefined: the conversation has no message of that id. @throws Unavailable */
export const earlier = async (
  core: Core,
  { conversationId }: Conversation,
  messageId: string,
): Promise<Earlier | undefined> => {
  const [sent, said] = await Promise.all([
    core.sentMessage(conversationId, messageId),
    core.ledger.load(saidMessages, saidId({ conversationId, messageId })),
  ]);
  return sent && { sent, said };
};

/** Null: the message of `sender` does not refer so. @throws Unavailable */
export const referencesOf = async (
  core: Core,
  conversation: Conversation,
  sender: User,
  replyTo: string | null,
  threadId: string | null,
): Promise<References> => {
  // The decision refuses before it looks at them.
  if (!mayLookIn(conversation, sender)) return {};
  const [quoted, root] = await Promise.all(
    [replyTo, threadId].map((id) => (id === null ? undefined : earlier(core, conversation, id))),
  );
  return { ...(replyTo === null ? {} : { quoted }), ...(threadId === null ? {} : { root }) };
};
