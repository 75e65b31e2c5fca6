// What people have done with messages: reactions, pins, bookmarks. Messages that nobody touched have no document here.

import { LRUCache } from 'lru-cache';
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
  /** By emoji, percent-encoded so that the document is ASCII, which is read faster: how many react with it. */
  readonly [count: `count ${string}`]: number;
  /** The position since which somebody reacts with it. */
  readonly [first: `first ${string}`]: number;
  /** The first, second and third who react with it, as long as nobody has taken it back since then: see `FEW`. */
  readonly [who: `1 ${string}` | `2 ${string}` | `3 ${string}`]: string;
  /** The position at which somebody took it back last. After `first`, only `reactions` tells who is left. */
  readonly [left: `left ${string}`]: number;
}

const COUNT = 'count ';
/** So many people are named beside the count, so that most pages need not look who reacts. */
const FEW = 3;

/** What an event says of an emoji. */
const added = (emoji: string, count: number, userId: string, position: number): Values => {
  const name = encodeURIComponent(emoji);
  return {
    [`${COUNT}${name}`]: count,
    ...(count === 1 ? { [`first ${name}`]: position } : {}),
    ...(count <= FEW ? { [`${count} ${name}`]: userId } : {}),
  };
};

export interface EmojiCount {
  readonly emoji: string;
  readonly count: number;
  readonly first: number;
  /** Whether the reader reacts with it; undefined: only `reactions` tells. */
  readonly mine: boolean | undefined;
}

/** The emoji of a count, and its other fields. */
const fieldsOf = (countField: `count ${string}`) => {
  const name = countField.slice(COUNT.length);
  return {
    emoji: decodeURIComponent(name),
    first: `first ${name}`,
    who: [`1 ${name}`, `2 ${name}`, `3 ${name}`],
    left: `left ${name}`,
  } as const;
};

/** To spell the names of fields takes three times as long as to read the fields. */
const spelled = new LRUCache({
  // More than there are emoji. With `max` the cache would allocate its full size at once.
  maxSize: 5000,
  sizeCalculation: () => 1,
  memoMethod: fieldsOf,
});

const reactsIn = (
  marks: MarksDoc,
  { first, who, left }: ReturnType<typeof fieldsOf>,
  count: number,
  userId: string,
): boolean | undefined => {
  if (count > FEW || (marks[left] ?? 0) > marks[first]!) return undefined;
  return who.some((field, place) => place < count && marks[field] === userId);
};

/** In the order of first use, as `userId` sees them. */
export const countsIn = (marks: MarksDoc, userId: string): readonly EmojiCount[] => {
  const counts: EmojiCount[] = [];
  for (const field in marks) {
    if (!field.startsWith(COUNT)) continue;
    const count = marks[field as `count ${string}`]!;
    if (count === 0) continue;
    const fields = spelled.memo(field as `count ${string}`);
    const first = marks[fields.first]!;
    counts.push({ emoji: fields.emoji, count, first, mine: reactsIn(marks, fields, count, userId) });
  }
  return counts.sort((one, other) => one.first - other.first);
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
    ReactionTakenBack: marked<'ReactionTakenBack'>(({ data: { emoji, count }, position }) => ({
      [`${COUNT}${encodeURIComponent(emoji)}`]: count,
      [`left ${encodeURIComponent(emoji)}`]: position,
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
