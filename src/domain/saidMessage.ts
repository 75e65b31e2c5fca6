// What happens to a message after it was sent. Its text stays in the stream of its conversation.

import { check, may } from './access.ts';
import { factsOfMessage, readerOf } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Conversation, readerIn } from './conversation.ts';
import type { DataOf, Events } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { accountOf, registered, type User } from './user.ts';

export interface SaidMessage {
  readonly isRemoved: boolean;
  readonly isErased: boolean;
}

/** The id of a said message is `<conversationId>-<messageId>`. */
export const saidMessages: Aggregate<SaidMessage> = {
  stream: streams.message,
  initial: () => ({ isRemoved: false, isErased: false }),
  evolve: (said, event) => {
    if (event.type === 'MessageRemoved') return { ...said, isRemoved: true };
    return event.type === 'MessageErased' ? { ...said, isErased: true } : said;
  },
};

/** The message, if `by` may remove or erase it. `sent`: as the conversation has it; undefined: it has none of that id. */
const removable = (
  conversation: Conversation,
  by: User,
  sent: DataOf<'MessageSent'> | undefined,
): DataOf<'MessageSent'> => {
  if (!conversation.exists) throw new Refused('conversation-unknown');
  // Asked without a standing: an admin who has left a desk may remove what was said there.
  const reader = readerOf(accountOf(registered(by)));
  const facts = factsOfMessage(sent?.senderId ?? null, may(readerIn(conversation, by), 'read', conversation));
  check(reader, 'seeMessage', facts);
  if (sent === undefined) throw new Refused('message-unknown');
  check(reader, 'removeMessage', facts);
  return sent;
};

export const removeMessage = (said: SaidMessage, ...asked: Parameters<typeof removable>): Events => {
  const { conversationId, messageId } = removable(...asked);
  const [, by] = asked;
  return said.isRemoved ? [] : [{ type: 'MessageRemoved', data: { conversationId, messageId, removedBy: by.userId } }];
};

/** @throws Refused as `removeMessage` */
export const mayErase = (...asked: Parameters<typeof removable>): void => void removable(...asked);

/** `key`: the name of the message's own key. */
export const eraseMessage = (said: SaidMessage, data: DataOf<'MessageErased'>): Events =>
  said.isErased ? [] : [{ type: 'MessageErased', data }];
