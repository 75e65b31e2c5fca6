// What happens to a message after it was sent. Its text stays in the stream of its conversation.

import { type Action, check, may, seesAfter } from './access.ts';
import { type MessageFacts, readerOf } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Conversation, permitted, readerIn } from './conversation.ts';
import type { DataOf, Events } from './events.ts';
import { type Reactions, reactionsWith, reactionsWithout } from './reactions.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { accountOf, registered, type User } from './user.ts';

export interface SaidMessage {
  readonly isRemoved: boolean;
  readonly isErased: boolean;
  readonly isPinned: boolean;
  readonly reactions: Reactions;
}

/** The id of a said message is `<conversationId>-<messageId>`. */
export const saidMessages: Aggregate<SaidMessage> = {
  stream: streams.message,
  initial: () => ({ isRemoved: false, isErased: false, isPinned: false, reactions: new Map() }),
  evolve: (said, event) => {
    switch (event.type) {
      case 'MessageRemoved':
        return { ...said, isRemoved: true, isPinned: false };
      case 'MessageRestored':
        return { ...said, isRemoved: false };
      case 'MessageErased':
        return { ...said, isErased: true, isPinned: false };
      case 'MessagePinned':
      case 'MessageUnpinned':
        return { ...said, isPinned: event.type === 'MessagePinned' };
      case 'ReactionAdded':
        return { ...said, reactions: reactionsWith(said.reactions, event.data) };
      case 'ReactionTakenBack':
        return { ...said, reactions: reactionsWithout(said.reactions, event.data) };
      default:
        return said;
    }
  },
};

/** A message as it was sent, with its place in its conversation. */
export type Sent = DataOf<'MessageSent'> & { readonly seq: number };

/** What the rules of access ask of a message. Undefined: the conversation has none of that id. */
export const factsOfMessage = (conversation: Conversation, reader: User, sent: Sent | undefined): MessageFacts => {
  const inside = readerIn(conversation, reader);
  return {
    kind: 'message',
    createdBy: sent?.senderId ?? null,
    isReadable: may(inside, 'read', conversation),
    isShown: sent !== undefined && sent.seq > seesAfter(conversation, conversation.members.upToOf(reader.userId)),
    isModerated: may(inside, 'moderate', conversation),
    versions: conversation.policy.versions,
  };
};

/** The message, if `by` may do that with it. `sent`: as the conversation has it; undefined: it has none of that id. */
const permittedOn = (action: Action, conversation: Conversation, by: User, sent: Sent | undefined): Sent => {
  if (!conversation.exists) throw new Refused('conversation-unknown');
  // Asked without a standing: an admin who has left a desk may remove what was said there.
  const reader = readerOf(accountOf(registered(by)));
  const facts = factsOfMessage(conversation, by, sent);
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

/** The same of one that is still there to be read. @throws Refused */
export const stillSaid = ({ isRemoved, isErased }: SaidMessage, ...asked: Parameters<typeof sentIn>): Sent => {
  const sent = sentIn(...asked);
  if (isRemoved || isErased) throw new Refused('message-removed');
  return sent;
};

export const removeMessage = (said: SaidMessage, ...asked: Asked): Events => {
  const { conversationId, messageId } = permittedOn('removeMessage', ...asked);
  const [, by] = asked;
  return said.isRemoved ? [] : [{ type: 'MessageRemoved', data: { conversationId, messageId, removedBy: by.userId } }];
};

/** @throws Refused as `removeMessage` */
export const mayErase = (...asked: Asked): void => void permittedOn('eraseMessage', ...asked);

/** `data.key`: the name of the message's own key. */
export const eraseMessage = (said: SaidMessage, data: DataOf<'MessageErased'>): Events =>
  said.isErased ? [] : [{ type: 'MessageErased', data }];
