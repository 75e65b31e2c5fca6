// The declared indexes as MongoDB knows them, and the queries they answer.

import type { Document } from 'mongodb';
import type { Collection, Find, Index } from '../ports.ts';
import { indexFor } from '../shared/collections.ts';
import { storedName } from './documents.ts';

export interface Query {
  readonly filter: Document;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly limit: number;
}

/** Equality first, then the order: an index answers its query without sorting. */
export const keyOf = ({ fields, sort }: Index): Record<string, 1> => {
  return Object.fromEntries([...fields, sort].map((field) => [storedName(field), 1]));
};

/** @throws TypeError, RangeError: see `indexFor`. */
export const queryOf = (collection: Collection, find: Find): Query => {
  indexFor(collection, find);
  const { where, sort, after, before, descending, limit } = find;
  const equal = Object.entries(where).map(([field, value]) => [storedName(field), value]);
  const bounds = {
    ...(after === undefined ? {} : { $gt: after }),
    ...(before === undefined ? {} : { $lt: before }),
  };
  const isBounded = Object.keys(bounds).length > 0;
  const order = storedName(sort);
  return {
    filter: {
      ...Object.fromEntries(equal),
      ...(isBounded && { [order]: bounds }),
      // Equality on a field leaves out what is left of removed documents.
      ...(equal.length === 0 && { [order]: isBounded ? bounds : { $ne: null }, _removed: { $exists: false } }),
    },
    sort: { [order]: descending ? -1 : 1 },
    limit,
  };
};
