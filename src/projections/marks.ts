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
  /** By emoji, how many react with it. */
  readonly [count: `count ${string}`]: number;
  /** By emoji, the position since which somebody reacts with it. */
  readonly [first: `first ${string}`]: number;
  /** By emoji, the first, second and third who react with it, as long as nobody has taken it back: see `FEW`. */
  readonly [who: `1 ${string}` | `2 ${string}` | `3 ${string}`]: string;
  /** By emoji: somebody has taken it back, so only `reactions` tells who is left. */
  readonly [left: `left ${string}`]: boolean;
}

const COUNT = 'count ';
/** So many people are named beside the count, so that most pages need not look who reacts. */
const FEW = 3;

/** What an event says of an emoji. */
const added = (emoji: string, count: number, userId: string, position: number): Values => ({
  [`${COUNT}${emoji}`]: count,
  ...(count === 1 ? { [`first ${emoji}`]: position, [`left ${emoji}`]: false } : {}),
  ...(count <= FEW ? { [`${count} ${emoji}`]: userId } : {}),
});

export interface EmojiCount {
  readonly emoji: string;
  readonly count: number;
  readonly first: number;
}

/** In the order of first use. */
export const countsIn = (marks: MarksDoc): readonly EmojiCount[] => {
  const counts: EmojiCount[] = [];
  for (const field in marks) {
    if (!field.startsWith(COUNT)) continue;
    const [emoji, count] = [field.slice(COUNT.length), marks[field as `count ${string}`]!];
    if (count > 0) counts.push({ emoji, count, first: marks[`first ${emoji}`]! });
  }
  return counts.sort((one, other) => one.first - other.first);
};

/** Whether somebody reacts with the emoji; undefined: only `reactions` tells. */
export const reactsIn = (marks: MarksDoc, { emoji, count }: EmojiCount, userId: string): boolean | undefined => {
  if (count > FEW || marks[`left ${emoji}`]) return undefined;
  return [marks[`1 ${emoji}`], marks[`2 ${emoji}`], marks[`3 ${emoji}`]].slice(0, count).includes(userId);
};

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
    ReactionAdded: marked<'ReactionAdded'>(({ data: { emoji, count, userId }, position }) =>
      added(emoji, count, userId, position),
    ),
    ReactionTakenBack: marked<'ReactionTakenBack'>(({ data: { emoji, count } }) => ({
      [`${COUNT}${emoji}`]: count,
      [`left ${emoji}`]: true,
    })),
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
