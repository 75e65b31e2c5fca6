// What happens to a message after it was sent. Its text stays in the stream of its conversation.

import { type Action, check, may } from './access.ts';
import { type MessageFacts, readerOf } from './accessFacts.ts';
import type { Aggregate } from './aggregate.ts';
import { type Conversation, readerIn } from './conversation.ts';
import type { DataOf, Events } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';
import { accountOf, registered, type User } from './user.ts';

export interface SaidMessage {
  readonly isRemoved: boolean;
  readonly isErased: boolean;
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
  removedBy: null,
  removedAt: '',
  text: null,
  edits: 0,
};

/** The id of a said message is `<conversationId>-<messageId>`. */
export const saidMessages: Aggregate<SaidMessage> = {
  stream: streams.message,
  initial: () => untouched,
  evolve: (said, event, { at }) => {
    switch (event.type) {
      case 'MessageEdited':
        return { ...said, text: event.data.text, edits: said.edits + 1 };
      case 'MessageRemoved':
        return { ...said, isRemoved: true, removedBy: event.data.removedBy, removedAt: at };
      case 'MessageRestored':
        return { ...said, isRemoved: false, removedBy: null };
      case 'MessageErased':
        return { ...said, isErased: true };
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
};

/** What the rules of access ask of a message. Undefined: the conversation has none of that id. */
export const factsOfMessage = (
  conversation: Conversation,
  reader: User,
  sent: DataOf<'MessageSent'> | undefined,
  { removedBy }: Pick<SaidMessage, 'removedBy'> = untouched,
): MessageFacts => {
  const inside = readerIn(conversation, reader);
  return {
    kind: 'message',
    createdBy: sent?.senderId ?? null,
    isReadable: may(inside, 'read', conversation),
    isModerated: may(inside, 'moderate', conversation),
    versions: conversation.policy.versions,
    removedBy,
  };
};

/** The message, if `by` may do that with it. `sent`: as the conversation has it; undefined: it has none of that id. */
export const permittedOn = <S extends DataOf<'MessageSent'>>(
  action: Action,
  conversation: Conversation,
  by: User,
  sent: S | undefined,
  said?: SaidMessage,
): S => {
  if (!conversation.exists) throw new Refused('conversation-unknown');
  // Asked without a standing: an admin who has left a desk may remove what was said there.
  const reader = readerOf(accountOf(registered(by)));
  const facts = factsOfMessage(conversation, by, sent, said);
  check(reader, 'seeMessage', facts);
  if (sent === undefined) throw new Refused('message-unknown');
  check(reader, action, facts);
  return sent;
};

/** @throws Refused `message-removed`: nobody reads what it said. */
export const mustBeThere = ({ isRemoved, isErased }: SaidMessage): void => {
  if (isRemoved || isErased) throw new Refused('message-removed');
};

/** @throws Refused as `removeMessage` */
export const mayErase = (conversation: Conversation, by: User, sent: DataOf<'MessageSent'> | undefined): void =>
  void permittedOn('eraseMessage', conversation, by, sent);

/** `data.key`: the name of the message's own key. `data.editKeys`: those of all its other texts. */
export const eraseMessage = (said: SaidMessage, data: DataOf<'MessageErased'>): Events =>
  said.isErased ? [] : [{ type: 'MessageErased', data }];
