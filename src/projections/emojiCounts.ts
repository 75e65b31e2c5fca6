// How many people react to a message with each emoji, as fields of one document.

import { LRUCache } from 'lru-cache';
import type { Values } from '../store/ports.ts';

export interface EmojiFields {
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

/** Somebody reacts with an emoji. */
export const reacted = (emoji: string, count: number, userId: string, position: number): Values => {
  const name = encodeURIComponent(emoji);
  return {
    [`${COUNT}${name}`]: count,
    ...(count === 1 ? { [`first ${name}`]: position } : {}),
    ...(count <= FEW ? { [`${count} ${name}`]: userId } : {}),
  };
};

export const tookBack = (emoji: string, count: number, position: number): Values => {
  const name = encodeURIComponent(emoji);
  return { [`${COUNT}${name}`]: count, [`left ${name}`]: position };
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
  doc: EmojiFields,
  { first, who, left }: ReturnType<typeof fieldsOf>,
  count: number,
  userId: string,
): boolean | undefined => {
  if (count > FEW || (doc[left] ?? 0) > doc[first]!) return undefined;
  return who.some((field, place) => place < count && doc[field] === userId);
};

/** Of all emoji, in the order of first use, as `userId` sees them. */
export const countsIn = (doc: EmojiFields, userId: string): readonly EmojiCount[] => {
  const counts: EmojiCount[] = [];
  for (const field in doc) {
    if (!field.startsWith(COUNT)) continue;
    const count = doc[field as `count ${string}`]!;
    if (count === 0) continue;
    const fields = spelled.memo(field as `count ${string}`);
    const first = doc[fields.first]!;
    counts.push({ emoji: fields.emoji, count, first, mine: reactsIn(doc, fields, count, userId) });
  }
  return counts.sort((one, other) => one.first - other.first);
};
