// What a change of one field makes of its value.

import type { Change, Value } from '../viewStore.ts';

export type FieldChange = Extract<Change, { readonly field: string }>;

/** @throws TypeError the value is of another kind. */
export const fieldAfter = (value: Value | undefined, change: FieldChange): Value =>
  change.op === 'add' ? sum(value, change.by) : moveToFront(value, [change.item], change.most);

/** A missing field counts from 0. @throws TypeError `value` is no number. */
export const sum = (value: Value | undefined, by: number): number => {
  if (value === undefined) return by;
  if (typeof value === 'number') return value + by;
  throw new TypeError('only a number can be added to');
};

/**
 * `items`, the latest first, before the others of `list`; `most` in all. A missing field is an empty list.
 * So a list holds the items that moved last, the latest first. A document may take a batch again of which it had a part,
 * also one that ends later: the last moves are the same.
 * @throws TypeError `list` is none.
 */
export const moveToFront = (list: Value | undefined, items: readonly string[], most: number): readonly string[] => {
  if (list !== undefined && !Array.isArray(list)) throw new TypeError('only a list has a front');
  return [...new Set<string>([...items, ...(list ?? [])])].slice(0, most);
};
