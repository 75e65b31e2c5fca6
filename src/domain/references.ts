// The earlier messages that a message refers to: the one that it quotes, and the one that began its thread.

import type { Conversation } from './conversation.ts';
import type { DataOf } from './events.ts';
import { factsOfMessage, mustBeThere } from './messageAccess.ts';
import { Refused } from './refused.ts';
import type { SaidMessage, Sent } from './saidMessage.ts';
import type { User } from './user.ts';

/** An earlier message of the conversation, and what became of it. */
export interface Earlier {
  readonly sent: Sent;
  readonly said: Pick<SaidMessage, 'isRemoved' | 'isErased'>;
}

/** Without a field, the message does not refer. Undefined: the conversation has no message of the id that was given. */
export interface References {
  readonly quoted?: Earlier | undefined;
  readonly root?: Earlier | undefined;
}

/** The message, if the reader sees it. */
const seenBy = (reader: User, conversation: Conversation, earlier: Earlier | undefined): Earlier | undefined =>
  earlier && factsOfMessage(conversation, reader, earlier.sent).isShown ? earlier : undefined;

/** @throws Refused `message-unknown`, `message-removed` */
const quoteOf = (conversation: Conversation, reader: User, quoted: Earlier | undefined) => {
  const seen = seenBy(reader, conversation, quoted);
  if (!seen) throw new Refused('message-unknown', 'replyTo');
  mustBeThere(seen.sent, seen.said, 'replyTo');
  return { messageId: seen.sent.messageId, seq: seen.sent.seq };
};

/**
 * The id of the thread that the message begins, or has begun; it may have been removed since. Who may read the conversation is
 * asked before, and whoever does not see the message does not know of the thread. A message of a thread begins none.
 * @throws Refused `thread-unknown`
 */
export const threadOf = (
  conversation: Conversation,
  reader: User,
  root: Earlier | undefined,
  field?: string,
): string => {
  const seen = seenBy(reader, conversation, root);
  if (!seen || seen.sent.threadId !== undefined) throw new Refused('thread-unknown', field);
  return seen.sent.messageId;
};

/** The fields of a new message for what it refers to. @throws Refused */
export const referring = (
  conversation: Conversation,
  sender: User,
  references: References,
): Pick<DataOf<'MessageSent'>, 'replyTo' | 'threadId'> => ({
  ...('quoted' in references ? { replyTo: quoteOf(conversation, sender, references.quoted) } : {}),
  ...('root' in references ? { threadId: threadOf(conversation, sender, references.root, 'threadId') } : {}),
});
