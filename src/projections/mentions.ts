// Whom messages call, for lists and counts: only messages that call somebody have documents here.

import type { EventOf } from '../domain/events.ts';
import { membershipId } from './memberships.ts';
import { changesOf, type Projection } from './projection.ts';

export interface MentionDoc {
  readonly id: string;
  /** The account that is called, or the conversation whose members all are. */
  readonly target: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly senderId: string | null;
  /** Of the message. */
  readonly seq: number;
  readonly position: number;
}

/** The last message that calls an account in a conversation, or all its members: most conversations have none. */
export interface LastMentionDoc {
  /** As of a membership, or of the conversation. */
  readonly id: string;
  readonly seq: number;
  readonly position: number;
}

const targetsOf = ({ data: { conversationId, mentioned = [], call } }: EventOf<'MessageSent'>): readonly string[] =>
  call === 'everyone' ? [...mentioned, conversationId] : mentioned;

export const mentions: Projection = {
  collection: {
    name: 'mentions',
    indexes: [
      { fields: ['target'], sort: 'position' },
      { fields: ['target', 'conversationId'], sort: 'seq' },
    ],
  },
  on: {
    MessageSent: (event) => {
      const { conversationId, messageId, senderId } = event.data;
      const { revision, position } = event;
      return targetsOf(event).map((target) =>
        changesOf('mentions').put({
          id: `${messageId}:${target}`,
          target,
          conversationId,
          messageId,
          senderId,
          seq: revision + 1,
          position,
        }),
      );
    },
  },
};

export const lastMentions: Projection = {
  collection: { name: 'lastMentions', indexes: [] },
  on: {
    MessageSent: (event) => {
      const { conversationId } = event.data;
      const { revision, position } = event;
      return targetsOf(event).map((target) => {
        const id = target === conversationId ? conversationId : membershipId(conversationId, target);
        return changesOf('lastMentions').put({ id, seq: revision + 1, position });
      });
    },
  },
};
