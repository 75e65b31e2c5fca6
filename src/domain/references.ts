// The earlier messages that a message refers to: the one that it quotes, and the one that began its thread.

import { may } from './access.ts';
import { readerOf } from './accessFacts.ts';
import type { Conversation } from './conversation.ts';
import type { DataOf } from './events.ts';
import { Refused } from './refused.ts';
import { factsOfMessage } from './saidMessage.ts';
import { accountOf, type User } from './user.ts';

/** An earlier message of the conversation. */
export interface Earlier {
  readonly sent: DataOf<'MessageSent'>;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  /** It was removed or erased. */
  readonly isGone: boolean;
}

/** Without a field, the message does not refer. Undefined: the conversation has no message of the id that was given. */
export interface References {
  readonly quoted?: Earlier | undefined;
  readonly root?: Earlier | undefined;
}

const isSeenBy = (reader: User, conversation: Conversation, { sent }: Earlier): boolean =>
  may(readerOf(accountOf(reader)), 'seeMessage', factsOfMessage(conversation, reader, sent));

/** @throws Refused `message-unknown`, `message-removed` */
const quoteOf = (conversation: Conversation, reader: User, quoted: Earlier | undefined) => {
  if (!quoted || !isSeenBy(reader, conversation, quoted)) throw new Refused('message-unknown', 'replyTo');
  if (quoted.isGone) throw new Refused('message-removed', 'replyTo');
  return { messageId: quoted.sent.messageId, seq: quoted.seq };
};

/**
 * The id of the thread that the message begins, or has begun; it may have been removed since. A message of a thread begins none.
 * @throws Refused `thread-unknown`
 */
export const threadOf = (
  conversation: Conversation,
  reader: User,
  root: Earlier | undefined,
  field?: string,
): string => {
  if (!root || root.sent.threadId !== undefined || !isSeenBy(reader, conversation, root))
    throw new Refused('thread-unknown', field);
  return root.sent.messageId;
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
