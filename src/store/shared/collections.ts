// The collections of views as they are declared: what every view store asks of them.

import type { Change, Collection, Index, Mend, Placed, Shape, Stretch } from '../ports.ts';

/** Each index as its fields and its order. A last one begins with an empty name: what is searched. */
type Declared = readonly [name: string, ...indexes: readonly (readonly string[])[]];

interface Declarations {
  readonly version: number;
  readonly collections: readonly Declared[];
}

/** The shape as a text, kept beside the views. Equal texts: the views of one serve the other. */
export const textOf = ({ version, collections }: Shape): string =>
  JSON.stringify({
    version,
    collections: collections.map(({ name, indexes, searched }) => [
      name,
      ...indexes.map(({ fields, sort }) => [...fields, sort]),
      ...(searched ? [['', ...searched.fields, searched.sort]] : []),
    ]),
  } satisfies Declarations);

/** The collections in a text of `textOf`. */
export const collectionsOf = (text: string): readonly Collection[] =>
  (JSON.parse(text) as Declarations).collections.map(([name, ...declared]) => {
    const indexes = declared.filter(([first]) => first !== '').map(sortedBy);
    const searched = declared.find(([first]) => first === '');
    return { name, indexes, ...(searched && { searched: sortedBy(searched.slice(1)) }) };
  });

const sortedBy = (names: readonly string[]): Index => ({ fields: names.slice(0, -1), sort: names.at(-1)! });

/** @throws TypeError no collection has this name. */
export const declaredIn = (collections: readonly Collection[], name: string): Collection => {
  const found = collections.find((collection) => collection.name === name);
  if (found === undefined) throw new TypeError(`no collection is declared as ${name}`);
  return found;
};

const isNumber = (value: unknown): boolean => typeof value === 'number' && !Number.isNaN(value);

/**
 * The place of the index that answers a `find` or a `count`.
 * @throws TypeError no declared index does, or a value is not plain: a database could read it as an operator.
 * @throws RangeError the limit.
 */
export const indexFor = (
  { name, indexes }: Collection,
  { where, sort, after, before, limit }: Stretch & { readonly limit?: number },
): number => {
  const fields = Object.keys(where);
  const at = indexes.findIndex(
    (index) =>
      index.sort === sort &&
      index.fields.length === fields.length &&
      index.fields.every((each) => fields.includes(each)),
  );
  if (at < 0) throw new TypeError(`${name} has no index on ${fields.join(', ')} sorted by ${sort}`);
  for (const field of fields) {
    const value: unknown = where[field];
    if (typeof value !== 'string' && typeof value !== 'boolean' && !isNumber(value))
      throw new TypeError(`${field} must be a plain value`);
  }
  for (const bound of [after, before])
    if (bound !== undefined && typeof bound !== 'string' && !isNumber(bound))
      throw new TypeError('a bound must be a number or a string');
  if (limit !== undefined) checkPageLimit(limit);
  return at;
};

/** @throws RangeError */
export const checkPageLimit = (limit: number): void => {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError('a limit must be from 1 to 1000');
};

/** Documents as mends, in the form in which a store takes a batch. */
export const placedMends = (position: number, mends: readonly Mend[]): readonly Placed[] => {
  const changes = mends.map(
    ({ collection, id, doc }): Change => (doc ? { op: 'put', collection, doc } : { op: 'remove', collection, id }),
  );
  return [{ position, changes }];
};
