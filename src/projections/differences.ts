// How a document of the views differs from what the log makes of it, and which event should have made it so.

import { isDeepStrictEqual } from 'node:util';
import type { Doc, Recorded, Value } from '../store/ports.ts';

export type Origin = Pick<Recorded, 'id' | 'type' | 'stream' | 'position'>;

export interface Difference {
  readonly collection: string;
  readonly id: string;
  /** Null: the whole document. */
  readonly field: string | null;
  readonly is: 'changed' | 'missing' | 'extra';
  /** The event that should have made it, or have removed it. Null: no event ever made such a document. */
  readonly event: Origin | null;
}

/** What the log makes of a document. */
export interface Expected {
  /** Undefined: there is none. */
  readonly doc: Doc | undefined;
  /** The event that made or removed the document. */
  readonly by: Origin;
  /** The events that set fields later. */
  readonly fields: ReadonlyMap<string, Origin>;
}

/** Stores keep JSON: what that has no word for is not there. */
const plain = (value: Value | undefined): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

const isSame = (one: Value | undefined, other: Value | undefined): boolean =>
  one === other || isDeepStrictEqual(one, other) || isDeepStrictEqual(plain(one), plain(other));

const fieldsOf = (one: Doc, other: Doc): readonly string[] => [
  ...new Set([...Object.keys(one), ...Object.keys(other)]),
];

export const isSameDoc = (one: Doc | undefined, other: Doc | undefined): boolean =>
  one === undefined || other === undefined
    ? one === other
    : fieldsOf(one, other).every((field) => isSame(one[field], other[field]));

const howFieldDiffers = (found: Value | undefined, expected: Value | undefined): Difference['is'] => {
  if (found === undefined) return 'missing';
  return expected === undefined ? 'extra' : 'changed';
};

export const differencesOf = (
  { collection, id }: Pick<Difference, 'collection' | 'id'>,
  found: Doc | undefined,
  expected: Expected | undefined,
): readonly Difference[] => {
  const doc = expected?.doc;
  if (found === undefined || doc === undefined) {
    if (found === doc) return [];
    return [{ collection, id, field: null, is: found ? 'extra' : 'missing', event: expected?.by ?? null }];
  }
  return fieldsOf(found, doc)
    .filter((field) => !isSame(found[field], doc[field]))
    .map((field) => {
      const is = howFieldDiffers(found[field], doc[field]);
      return { collection, id, field, is, event: expected!.fields.get(field) ?? expected!.by };
    });
};

/** One line for people. Values are not in it: they may be private. */
export const inWords = ({ collection, id, field, is, event }: Difference): string => {
  const what = `${collection} ${id}${field === null ? '' : `, field ${field}`}`;
  const by = event === null ? 'no event makes it' : `by ${event.type} ${event.id} at position ${event.position}`;
  return `${what}: ${is}, ${by}`;
};
