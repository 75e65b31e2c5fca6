// Who may do what with a message. The rules are those of `access.ts`.

import { type Action, check, may, seesAfter } from './access.ts';
import { type MessageFacts, readerOf } from './accessFacts.ts';
import type { Conversation } from './conversation.ts';
import { permitted, readerIn } from './conversationAccess.ts';
import { Refused } from './refused.ts';
import { type SaidMessage, type Sent, untouched } from './saidMessage.ts';
import { accountOf, registered, type User } from './user.ts';

/** What the rules of access ask of a message. Undefined: the conversation has none of that id. */
export const factsOfMessage = (
  conversation: Conversation,
  reader: User,
  sent: Sent | undefined,
  { removedBy }: Pick<SaidMessage, 'removedBy'> = untouched,
): MessageFacts => {
  const inside = readerIn(conversation, reader);
  return {
    kind: 'message',
    createdBy: sent?.senderId ?? null,
    isReadable: may(inside, 'read', conversation),
    isShown: sent !== undefined && sent.seq > seesAfter(conversation, conversation.members.upToOf(reader.userId)),
    isModerated: may(inside, 'moderate', conversation),
    versions: conversation.policy.versions,
    removedBy,
  };
};

/**
 * May `by` know whether the conversation has a message? Nobody looks for one otherwise: the time that it takes, or that it fails,
 * would tell that there is a conversation.
 */
export const mayLookIn = (conversation: Conversation, by: User): boolean =>
  conversation.exists &&
  may(readerOf(accountOf(by)), 'seeMessage', { ...factsOfMessage(conversation, by, undefined), isShown: true });

/** The message, if `by` may do that with it. `sent`: as the conversation has it; undefined: it has none of that id. */
export const permittedOn = (
  action: Action,
  conversation: Conversation,
  by: User,
  sent: Sent | undefined,
  said?: SaidMessage,
): Sent => {
  if (!conversation.exists) throw new Refused('conversation-unknown');
  // Asked without a standing: an admin who has left a desk may remove what was said there.
  const reader = readerOf(accountOf(registered(by)));
  const facts = factsOfMessage(conversation, by, sent, said);
  check(reader, 'seeMessage', facts);
  if (sent === undefined) throw new Refused('message-unknown');
  check(reader, action, facts);
  return sent;
};

/** Who asks for a message, and what its conversation has. */
export type Asked = readonly [conversation: Conversation, by: User, sent: Sent | undefined];

/** The message, if `by` may do that in its conversation. @throws Refused */
export const sentIn = (action: 'read' | 'react' | 'pin', ...asked: Asked): Sent => {
  const [conversation, by, sent] = asked;
  permitted(conversation, by, action);
  if (sent === undefined || !factsOfMessage(...asked).isShown) throw new Refused('message-unknown');
  return sent;
};

/** @throws Refused `message-removed`: nobody reads what it said. */
export const mustBeThere = (
  sent: Pick<Sent, 'isErased'>,
  { isRemoved, isErased }: Pick<SaidMessage, 'isRemoved' | 'isErased'>,
  field?: string,
): void => {
  if (isRemoved || isErased || sent.isErased) throw new Refused('message-removed', field);
};

/** The message of `sentIn`, if it is still there to be read. @throws Refused */
export const stillSaid = (said: SaidMessage, ...asked: Parameters<typeof sentIn>): Sent => {
  const sent = sentIn(...asked);
  mustBeThere(sent, said);
  return sent;
};

/** @throws Refused as `removeMessage` */
export const mayErase = (...asked: Asked): void => void permittedOn('eraseMessage', ...asked);
