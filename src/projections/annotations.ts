// What a page of messages shows of what people added to them: reactions and pins. Messages that nobody touched have no document
// here.

import type { EventOf } from '../domain/events.ts';
import type { Change, Values } from '../store/ports.ts';
import { type EmojiFields, reacted, tookBack } from './emojiCounts.ts';
import { changesOf, type Projection } from './projection.ts';

/** What a page of messages shows. It begins with the first event about a message, whatever that is. */
export interface AnnotationsDoc extends EmojiFields {
  /** Of the message. */
  readonly id: string;
  readonly conversationId: string;
  /** Of the last event about the message. */
  readonly position: number;
  /** Of the event that pinned it; null: it is not pinned. */
  readonly pinned: number | null;
  /** ISO time. */
  readonly pinnedAt: string | null;
  readonly pinnedBy: string | null;
}

const unpinned = { pinned: null, pinnedAt: null, pinnedBy: null };

type AboutMessage =
  | 'MessageEdited'
  | 'MessageRemoved'
  | 'MessageRestored'
  | 'MessageErased'
  | 'ReactionAdded'
  | 'ReactionTakenBack'
  | 'MessagePinned'
  | 'MessageUnpinned';

const annotated =
  <T extends AboutMessage>(fieldsOf: (event: EventOf<T>) => Values) =>
  (event: EventOf<T>): readonly Change[] => {
    const { data, position, revision } = event as EventOf<AboutMessage>;
    const { conversationId, messageId: id } = data;
    const fields = { position, ...fieldsOf(event) };
    const { put, patch } = changesOf('annotations');
    return [revision === 0 ? put({ id, conversationId, ...unpinned, ...fields }) : patch(id, fields)];
  };

const isNoMore = () => unpinned;
const isAsBefore = () => ({});

export const annotations: Projection = {
  collection: { name: 'annotations', indexes: [] },
  on: {
    MessageEdited: annotated<'MessageEdited'>(isAsBefore),
    MessageRemoved: annotated<'MessageRemoved'>(isNoMore),
    MessageRestored: annotated<'MessageRestored'>(isAsBefore),
    MessageErased: annotated<'MessageErased'>(isNoMore),
    ReactionAdded: annotated<'ReactionAdded'>(({ data: { emoji, count, userId }, position }) =>
      reacted(emoji, count, userId, position),
    ),
    ReactionTakenBack: annotated<'ReactionTakenBack'>(({ data: { emoji, count }, position }) =>
      tookBack(emoji, count, position),
    ),
    MessagePinned: annotated<'MessagePinned'>(({ data: { pinnedBy }, position, at }) => ({
      pinned: position,
      pinnedAt: at,
      pinnedBy,
    })),
    MessageUnpinned: annotated<'MessageUnpinned'>(isNoMore),
  },
};
