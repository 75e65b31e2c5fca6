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

const { put } = changesOf('mentions');
const { put: putLast } = changesOf('lastMentions');

const NOBODY: readonly never[] = [];

/** Of most messages nobody: a rebuild asks this for all of them. */
const targetsOf = ({ data: { conversationId, mentioned, call } }: EventOf<'MessageSent'>): readonly string[] => {
  if (mentioned === undefined && call === undefined) return NOBODY;
  return call === 'everyone' ? [...(mentioned ?? []), conversationId] : (mentioned ?? []);
};

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
      const targets = targetsOf(event);
      if (targets.length === 0) return NOBODY;
      const { conversationId, messageId, senderId } = event.data;
      const { revision, position } = event;
      const message = { conversationId, messageId, senderId, seq: revision + 1, position };
      return targets.map((target) => put({ id: `${messageId}:${target}`, target, ...message }));
    },
  },
};

export const lastMentions: Projection = {
  collection: { name: 'lastMentions', indexes: [] },
  on: {
    MessageSent: (event) => {
      const targets = targetsOf(event);
      if (targets.length === 0) return NOBODY;
      const { conversationId } = event.data;
      const { revision, position } = event;
      return targets.map((target) => {
        const id = target === conversationId ? conversationId : membershipId(conversationId, target);
        return putLast({ id, seq: revision + 1, position });
      });
    },
  },
};
