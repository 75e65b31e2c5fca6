// What people have done with messages: reactions, pins, bookmarks. Messages that nobody touched have no document here.

import type { EventOf } from '../domain/events.ts';
import type { Change, Values } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

/** What a page of messages shows. It begins with the first event about a message, whatever that is. */
export interface MarksDoc {
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
  /** By emoji, as `countField` and `firstField` name them: how many react with it, and the position since which somebody does. */
  readonly [reaction: `count ${string}` | `first ${string}`]: number;
}

const COUNT = 'count ';
const countField = (emoji: string) => `${COUNT}${emoji}` as const;
const firstField = (emoji: string) => `first ${emoji}` as const;

export interface EmojiCount {
  readonly emoji: string;
  readonly count: number;
}

/** In the order of first use. */
export const countsIn = (marks: MarksDoc): readonly EmojiCount[] =>
  Object.entries(marks)
    .filter(([field, value]) => field.startsWith(COUNT) && Number(value) > 0)
    .map(([field, value]) => ({ emoji: field.slice(COUNT.length), count: Number(value) }))
    .sort((one, other) => marks[firstField(one.emoji)]! - marks[firstField(other.emoji)]!);

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

const marked =
  <T extends AboutMessage>(fieldsOf: (event: EventOf<T>) => Values) =>
  (event: EventOf<T>): readonly Change[] => {
    const { data, position, revision } = event as EventOf<AboutMessage>;
    const { conversationId, messageId: id } = data;
    const fields = { position, ...fieldsOf(event) };
    const { put, patch } = changesOf('marks');
    return [revision === 0 ? put({ id, conversationId, ...unpinned, ...fields }) : patch(id, fields)];
  };

const isNoMore = () => unpinned;
const isAsBefore = () => ({});

export const marks: Projection = {
  collection: { name: 'marks', indexes: [] },
  on: {
    MessageEdited: marked<'MessageEdited'>(isAsBefore),
    MessageRemoved: marked<'MessageRemoved'>(isNoMore),
    MessageRestored: marked<'MessageRestored'>(isAsBefore),
    MessageErased: marked<'MessageErased'>(isNoMore),
    ReactionAdded: marked<'ReactionAdded'>(({ data: { emoji, count }, position }) => ({
      [countField(emoji)]: count,
      ...(count === 1 ? { [firstField(emoji)]: position } : {}),
    })),
    ReactionTakenBack: marked<'ReactionTakenBack'>(({ data: { emoji, count } }) => ({ [countField(emoji)]: count })),
    MessagePinned: marked<'MessagePinned'>(({ data: { pinnedBy }, position, at }) => ({
      pinned: position,
      pinnedAt: at,
      pinnedBy,
    })),
    MessageUnpinned: marked<'MessageUnpinned'>(isNoMore),
  },
};

/** Who reacts. */
export interface ReactionDoc {
  readonly id: string;
  readonly messageId: string;
  readonly emoji: string;
  readonly userId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
}

/** ASCII, as all ids of documents. */
export const reactionId = (messageId: string, emoji: string, userId: string): string =>
  `${messageId}:${encodeURIComponent(emoji)}:${userId}`;

/** Of a reaction. */
export const messageIdIn = (id: string): string => id.slice(0, id.indexOf(':'));

export const reactions: Projection = {
  collection: { name: 'reactions', indexes: [{ fields: ['messageId', 'emoji'], sort: 'position' }] },
  on: {
    ReactionAdded: ({ data: { messageId, userId, emoji }, position, at }) => [
      changesOf('reactions').put({
        id: reactionId(messageId, emoji, userId),
        ...{ messageId, emoji, userId, position, at },
      }),
    ],
    ReactionTakenBack: ({ data: { messageId, userId, emoji } }) => [
      changesOf('reactions').remove(reactionId(messageId, emoji, userId)),
    ],
  },
};

/** A message that is pinned. */
export interface PinDoc {
  /** Of the message. */
  readonly id: string;
  readonly conversationId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
  readonly by: string;
}

const notPinned = ({ data: { messageId } }: EventOf<'MessageUnpinned' | 'MessageRemoved' | 'MessageErased'>) => [
  changesOf('pins').remove(messageId),
];

export const pins: Projection = {
  collection: { name: 'pins', indexes: [{ fields: ['conversationId'], sort: 'position' }] },
  on: {
    MessagePinned: ({ data: { conversationId, messageId: id, pinnedBy: by }, position, at }) => [
      changesOf('pins').put({ id, conversationId, position, at, by }),
    ],
    MessageUnpinned: notPinned,
    MessageRemoved: notPinned,
    MessageErased: notPinned,
  },
};

/** Every pin there ever was: where the past finds those of a conversation. */
export interface PinningDoc extends Pick<PinDoc, 'id' | 'conversationId' | 'position'> {
  readonly messageId: string;
}

export const pinnings: Projection = {
  collection: { name: 'pinnings', indexes: [{ fields: ['conversationId'], sort: 'position' }] },
  on: {
    MessagePinned: ({ data: { conversationId, messageId }, position }) => [
      changesOf('pinnings').put({ id: `${messageId}:${position}`, conversationId, messageId, position }),
    ],
  },
};

export interface BookmarkDoc {
  readonly id: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly position: number;
  /** ISO time. */
  readonly at: string;
}

const bookmarkId = ({ userId, messageId }: Pick<BookmarkDoc, 'userId' | 'messageId'>) => `${userId}:${messageId}`;

export const bookmarks: Projection = {
  collection: { name: 'bookmarks', indexes: [{ fields: ['userId'], sort: 'position' }] },
  on: {
    MessageBookmarked: ({ data, position, at }) => [
      changesOf('bookmarks').put({ id: bookmarkId(data), ...data, position, at }),
    ],
    BookmarkRemoved: ({ data }) => [changesOf('bookmarks').remove(bookmarkId(data))],
  },
};
