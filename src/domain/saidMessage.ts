// What happens to a message after it was sent. Its text stays in the stream of its conversation. Who may do what with it is in
// `messageAccess.ts`.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { type Reactions, reactionsWith, reactionsWithout } from './reactions.ts';
import { streams } from './streams.ts';

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

export const untouched: SaidMessage = {
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

/** A message as it was sent. */
export type Sent = DataOf<'MessageSent'> & {
  /** ISO time of sending. */
  readonly at: string;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  /** What it said is gone for ever, also with whoever said it. */
  readonly isErased?: boolean;
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

/** `data.key`: the name of the message's own key. `data.editKeys`: those of all its other texts. */
export const eraseMessage = (said: SaidMessage, data: DataOf<'MessageErased'>): Events =>
  said.isErased ? [] : [{ type: 'MessageErased', data }];
