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
  /** Every emoji that somebody ever reacted with. */
  readonly emoji: ReadonlySet<string>;
  /** Of the latest removal; ISO time. */
  readonly removedBy: string | null;
  readonly removedAt: string;
  /** What it says since it was edited. Null: what it said first. */
  readonly text: string | null;
  /** How often it was edited. */
  readonly edits: number;
}

const untouched: SaidMessage = {
  isRemoved: false,
  isErased: false,
  isPinned: false,
  reactions: new Map(),
  emoji: new Set(),
  removedBy: null,
  removedAt: '',
  text: null,
  edits: 0,
};

/** Of a said message. */
export const saidId = ({ conversationId, messageId }: Pick<Sent, 'conversationId' | 'messageId'>): string =>
  `${conversationId}-${messageId}`;

export const saidMessages: Aggregate<SaidMessage> = {
  stream: streams.message,
  initial: () => untouched,
  evolve: (said, event, { at }) => {
    switch (event.type) {
      case 'MessageEdited':
        return { ...said, text: event.data.text, edits: said.edits + 1 };
      case 'MessageRemoved':
        return { ...said, isRemoved: true, isPinned: false, removedBy: event.data.removedBy, removedAt: at };
      case 'MessageRestored':
        return { ...said, isRemoved: false, removedBy: null };
      case 'MessageErased':
        return { ...said, isErased: true, isPinned: false };
      case 'MessagePinned':
      case 'MessageUnpinned':
        return { ...said, isPinned: event.type === 'MessagePinned' };
      case 'ReactionAdded':
        return {
          ...said,
          reactions: reactionsWith(said.reactions, event.data),
          emoji: said.emoji.has(event.data.emoji) ? said.emoji : new Set(said.emoji).add(event.data.emoji),
        };
      case 'ReactionTakenBack':
        return { ...said, reactions: reactionsWithout(said.reactions, event.data) };
      default:
        return said;
    }
  },
};

/** A message as it was sent. */
export type Sent = DataOf<'MessageSent'> & {
  /** ISO time of sending. */
  readonly at: string;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  /** What it said is gone for ever, also with whoever said it. */
  readonly isErased?: boolean;
};

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

/** `data.key`: the name of the message's own key. `data.editKeys`: those of all its other texts. */
export const eraseMessage = (said: SaidMessage, data: DataOf<'MessageErased'>): Events =>
  said.isErased ? [] : [{ type: 'MessageErased', data }];
