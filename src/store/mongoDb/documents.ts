// How a document lies in MongoDB: `id` as `_id`, its fields beside it, and the position it has taken. The declared indexes
// as MongoDB knows them, and the queries they answer.

import { BSON } from 'mongodb';
import type { Collection, Doc, Find, Index, Scan, Search, Stretch, Value, Values } from '../ports.ts';
import { checkPageLimit, indexFor } from '../shared/collections.ts';
import { searchedIn } from '../shared/searching.ts';

/** A document as it lies, without its `_id`. */
export interface Body {
  /** Position of the last event this document has taken: the guard of every write. */
  readonly _position: number;
  /** Nothing but the guard is left, so that a late event does not bring the document back. */
  readonly _removed?: true;
  readonly [field: string]: unknown;
}

export interface Stored extends Body {
  readonly _id: string;
}

/** Documents of one answer of the server at most: a page may end before it needs the next. */
export const BATCH = 101;

const storedName = (field: string): string => (field === 'id' ? '_id' : field);

/** Fields of ours begin with `_`, operators with `$`, and a dot would reach into a value. */
const FIELD = /^[^_$.\0][^.\0]*$/;

/** @throws TypeError a field's name is not one the code may use. */
export const checkField = (field: string): string => {
  if (!FIELD.test(field)) throw new TypeError(`no name for a field: ${JSON.stringify(field)}`);
  return field;
};

export const bodyOf = (doc: Doc, position: number): Body => ({ ...storedFields(doc), _position: position });

export const tombstone = (position: number): Body => ({ _position: position, _removed: true });

/** The fields to store, `id` and those without a value left out. */
export const storedFields = (fields: Values): Record<string, unknown> => {
  const kept = Object.entries(fields).filter(([field, value]) => field !== 'id' && value !== undefined);
  return Object.fromEntries(kept.map(([field, value]) => [checkField(field), storedValue(value)]));
};

/**
 * All ids of ours are texts. One that somebody else gave is told by a text that sorts behind ours: only a check of the views
 * meets such documents.
 */
const idOf = (id: unknown): string => (typeof id === 'string' ? id : BSON.EJSON.stringify({ _id: id }));

/** The `_id` in the store that `idOf` gave this text. */
export const storedId = (id: string): string => (id.startsWith('{"_id":') ? BSON.EJSON.parse(id)._id : id);

/** The document, or `undefined` where it was removed. */
export const docOf = (stored: Stored): Doc | undefined => {
  if (stored._removed) return undefined;
  const doc: { id: string; [field: string]: Value } = { id: idOf(stored._id) };
  for (const [field, value] of Object.entries(stored)) if (!field.startsWith('_')) doc[field] = valueFrom(value);
  return doc;
};

/** Values whose keys the server or the driver could take for more than keys are kept as their JSON text. */
const storedValue = (value: Value): unknown => (isPlain(value) ? value : { _json: JSON.stringify(value) });

const isPlain = (value: Value): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (isArray(value)) return value.every(isPlain);
  return Object.entries(value).every(([key, inner]) => FIELD.test(key) && key !== 'toBSON' && isPlain(inner));
};

const isArray: (value: Value) => value is readonly Value[] = Array.isArray;

const valueFrom = (stored: unknown): Value => {
  if (typeof stored !== 'object' || stored === null || !('_json' in stored)) return stored as Value;
  try {
    return JSON.parse(String(stored._json)) as Value;
  } catch {
    // Somebody changed it: a check finds that it is not what it was.
    return stored as Value;
  }
};

/** Equality first, then the order: an index answers its query without sorting. */
export const keyOf = ({ fields, sort }: Index): Record<string, 1> =>
  Object.fromEntries([...fields, sort].map((field) => [storedName(field), 1]));

export type Query = ReturnType<typeof queryOf>;

/** @throws TypeError: see `indexFor`. */
export const filterOf = (collection: Collection, stretch: Stretch) => {
  indexFor(collection, stretch);
  const { where, sort, after, before } = stretch;
  const equal = Object.entries(where).map(([field, value]) => [storedName(field), value]);
  const bounds = { ...(after !== undefined && { $gt: after }), ...(before !== undefined && { $lt: before }) };
  const isBounded = Object.keys(bounds).length > 0;
  const order = storedName(sort);
  return {
    ...Object.fromEntries(equal),
    ...(isBounded && { [order]: bounds }),
    // Equality on a field leaves out what is left of removed documents.
    ...(equal.length === 0 && { [order]: isBounded ? bounds : { $ne: null }, _removed: { $exists: false } }),
  };
};

/** @throws TypeError, RangeError: see `indexFor`. */
export const queryOf = (collection: Collection, find: Find) => ({
  filter: filterOf(collection, find),
  sort: { [storedName(find.sort)]: find.descending ? (-1 as const) : (1 as const) },
  limit: find.limit,
});

/** All indexes of a collection: those declared, and one for each field that is searched. */
export const indexesOf = ({ indexes, searched }: Collection): readonly Index[] => [
  ...indexes,
  ...(searched?.fields ?? []).map((field) => ({ fields: [field], sort: searched!.sort })),
];

/** @throws TypeError, RangeError: see `searchedIn`. */
export const searchOf = (collection: Collection, search: Search) => {
  const order = storedName(searchedIn(collection, search).sort);
  const { all, after = 0, before = Number.MAX_SAFE_INTEGER, limit } = search;
  const terms = all.map(({ field, anyOf, isPrefix }) => {
    const name = storedName(field);
    if (!isPrefix) return { [name]: { $in: [...anyOf] } };
    // Tokens have letters and digits alone, so they mean themselves in an expression. For an expression with alternatives
    // MongoDB would read the whole index, for a beginning it reads the keys that begin so.
    return { $or: anyOf.map((token) => ({ [name]: { $regex: `^${token}` } })) };
  });
  return { filter: { $and: terms, [order]: { $gt: after, $lt: before } }, sort: { [order]: -1 as const }, limit };
};

export type SearchFor = ReturnType<typeof searchOf>;

/** Comparisons in MongoDB concern values of one type: these are all texts, found in the index. */
const TEXTS = { $gte: '' } as const;

/** @throws RangeError the limit */
export const scanOf = ({ after, limit }: Scan) => {
  checkPageLimit(limit);
  const filter = {
    _id: after === undefined ? TEXTS : { $gt: after },
    _removed: { $exists: false },
  };
  return { filter, sort: { _id: 1 as const } };
};

/** Documents whose ids are no texts. */
export const FOREIGN = { _id: { $not: TEXTS } } as const;
