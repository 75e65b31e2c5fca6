// The declared indexes as MongoDB knows them, and the queries they answer.

import type { Document } from 'mongodb';
import type { Collection, Find, Index } from '../ports.ts';
import { storedName } from './documents.ts';

export interface Query {
  readonly filter: Document;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  readonly limit: number;
}

/** Equality first, then the order: an index answers its query without sorting. */
export function keyOf({ fields, sort }: Index): Record<string, 1> {
  return Object.fromEntries([...fields, sort].map((field) => [storedName(field), 1]));
}

/** @throws TypeError no declared index answers it, or a value is no plain one. @throws RangeError the limit. */
export function queryOf(collection: Collection, find: Find): Query {
  const names = Object.keys(find.where);
  const index = collection.indexes.find(
    ({ fields, sort }) =>
      sort === find.sort && fields.length === names.length && fields.every((field) => names.includes(field)),
  );
  if (index === undefined)
    throw new TypeError(`${collection.name} has no index on ${names.join(', ')} sorted by ${find.sort}`);
  if (!Number.isInteger(find.limit) || find.limit < 1 || find.limit > 1000)
    throw new RangeError('a limit must be from 1 to 1000');
  const equal = Object.entries(find.where).map(([field, value]) => [storedName(field), plain(field, value)]);
  return {
    filter: { ...Object.fromEntries(equal), ...boundsOf(find, names.length > 0) },
    sort: { [storedName(find.sort)]: find.descending ? -1 : 1 },
    limit: find.limit,
  };
}

/** What is no plain value would be read as operators. */
function plain(field: string, value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || isNumber(value)) return value;
  throw new TypeError(`${field} must be a plain value`);
}

function boundsOf({ sort, after, before }: Find, narrowed: boolean): Document {
  for (const bound of [after, before])
    if (bound !== undefined && typeof bound !== 'string' && !isNumber(bound))
      throw new TypeError('a bound must be a number or a string');
  const bounds = {
    ...(after === undefined ? {} : { $gt: after }),
    ...(before === undefined ? {} : { $lt: before }),
  };
  const bounded = Object.keys(bounds).length > 0;
  if (narrowed) return bounded ? { [storedName(sort)]: bounds } : {};
  // With no field asked for, what is left of removed documents would be found too.
  return { [storedName(sort)]: bounded ? bounds : { $ne: null }, _removed: { $exists: false } };
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value);
