// Folds the changes of a batch into one outcome a document, so that a hot document is written once a batch.

import type { Change, Placed, Value } from '../ports.ts';

export type Fields = { [field: string]: Value };

/** What a batch does to one document in the end. A field is in `sets` or in `adds`, never in both. */
export type Outcome =
  | { readonly op: 'put'; readonly doc: Fields }
  | { readonly op: 'merge'; readonly sets: Fields; readonly adds: { [field: string]: number } }
  | { readonly op: 'remove' };

/**
 * In: a batch; events at or below `after` were taken before and are left out, as is an event that comes again.
 * Out: outcomes by collection and id, equal to making the changes one by one.
 * @throws TypeError a change that no document can take.
 */
export function coalesce(batch: readonly Placed[], after: number): Map<string, Map<string, Outcome>> {
  const collections = new Map<string, Map<string, Outcome>>();
  let last = after;
  for (const { position, changes } of batch.toSorted((a, b) => a.position - b.position)) {
    if (position <= last) continue;
    last = position;
    for (const change of changes) {
      const outcomes = collections.get(change.collection) ?? new Map<string, Outcome>();
      if (outcomes.size === 0) collections.set(change.collection, outcomes);
      const id = change.op === 'put' ? change.doc.id : change.id;
      outcomes.set(id, combine(outcomes.get(id), change));
    }
  }
  return collections;
}

/** Sets and adds on the fields of a document. @throws TypeError a sum on what is not a number. */
export function merge(fields: Fields, { sets, adds }: Omit<Extract<Outcome, { op: 'merge' }>, 'op'>): Fields {
  const merged = { ...fields, ...sets };
  for (const field in adds) merged[field] = sum(merged[field], adds[field] ?? 0);
  return merged;
}

function combine(before: Outcome | undefined, change: Change): Outcome {
  if (change.op === 'put') return { op: 'put', doc: change.doc };
  if (change.op === 'remove') return { op: 'remove' };
  const next = change.op === 'patch' ? patched(change.fields) : added(change.field, change.by);
  if (before === undefined) return next;
  if (before.op === 'remove') return before;
  if (before.op === 'put') return { op: 'put', doc: merge(before.doc, next) };
  return joined(before, next);
}

function patched(fields: { readonly [field: string]: Value }) {
  if ('id' in fields) throw new TypeError('a patch cannot change the id of a document');
  return { op: 'merge', sets: { ...fields }, adds: {} } as const;
}

function added(field: string, by: number) {
  if (field === 'id') throw new TypeError('a patch cannot change the id of a document');
  return { op: 'merge', sets: {}, adds: { [field]: by } } as const;
}

/** Takes `before` over: a hot document is patched by every message of a batch. */
function joined(before: Extract<Outcome, { op: 'merge' }>, next: Extract<Outcome, { op: 'merge' }>): Outcome {
  const { sets, adds } = before;
  for (const field in next.sets) {
    sets[field] = next.sets[field]!;
    delete adds[field];
  }
  for (const field in next.adds) {
    const by = next.adds[field] ?? 0;
    if (field in sets) sets[field] = sum(sets[field], by);
    else adds[field] = (adds[field] ?? 0) + by;
  }
  return before;
}

/** A field that is missing counts from 0. */
function sum(value: Value | undefined, by: number): number {
  if (value === undefined) return by;
  if (typeof value === 'number') return value + by;
  throw new TypeError('only a number can be added to');
}
