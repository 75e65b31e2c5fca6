// Reduces a batch to one idempotent write per document: after a crash a batch is repeated, perhaps with other borders.
// `put`, `patch` and `remove` set values, so repeating them changes nothing; each step of an `add` keeps its position; for
// moves to the front of a list see `moveToFront`.

import type { Change, Doc, Placed, Value } from '../ports.ts';
import { fieldAfter, moveToFront } from './fieldAfter.ts';

export type Fields = { [field: string]: Value };

/** One `add`, for a document that has not taken `position` yet. */
export interface Step {
  readonly position: number;
  readonly by: number;
}

/** What goes before the others in a list, and how many stay in all. */
export interface Front {
  readonly items: readonly string[];
  readonly most: number;
}

/** A field of a changed document that is in `fields` is in neither of the others. */
export type Outcome =
  | { readonly kind: 'put'; readonly doc: Doc }
  | { readonly kind: 'removed' }
  | {
      readonly kind: 'changed';
      readonly fields: Fields;
      readonly steps: { [field: string]: Step[] };
      readonly fronts: { [field: string]: Front };
    };

export interface Write {
  readonly id: string;
  /** Last position of the batch that concerns this document. */
  readonly position: number;
  readonly outcome: Outcome;
}

/**
 * The writes of a batch by collection. Events may come in any order and more than once; those at or below `after` are
 * left out.
 * @throws TypeError a change that no document can take.
 */
export const foldBatch = (batch: readonly Placed[], after = 0): ReadonlyMap<string, readonly Write[]> => {
  const collections = new Map<string, Map<string, Write>>();
  let last = after;
  for (const { position, changes } of batch.toSorted((a, b) => a.position - b.position)) {
    if (position <= last) continue;
    last = position;
    for (const change of changes) {
      const writes = collections.get(change.collection) ?? new Map<string, Write>();
      if (writes.size === 0) collections.set(change.collection, writes);
      const id = change.op === 'put' ? change.doc.id : change.id;
      writes.set(id, { id, position, outcome: fold(writes.get(id)?.outcome, change, position) });
    }
  }
  return new Map(Array.from(collections, ([name, writes]) => [name, [...writes.values()]]));
};

/** Changes `before` in place where it can: every message of a batch may patch the same document. */
const fold = (before: Outcome | undefined, change: Change, position: number): Outcome => {
  if (change.op === 'put') return { kind: 'put', doc: change.doc };
  if (change.op === 'remove') return { kind: 'removed' };
  if (before?.kind === 'removed') return before;
  if (change.op === 'patch' ? 'id' in change.fields : change.field === 'id')
    throw new TypeError('a change cannot give a document another id');
  if (before?.kind === 'put') {
    const { doc } = before;
    const fields = change.op === 'patch' ? change.fields : { [change.field]: fieldAfter(doc[change.field], change) };
    return { kind: 'put', doc: { ...doc, ...fields } };
  }
  const outcome = before ?? { kind: 'changed', fields: {}, steps: {}, fronts: {} };
  const { fields, steps, fronts } = outcome;
  if (change.op === 'patch') {
    for (const [field, value] of Object.entries(change.fields)) {
      fields[field] = value;
      delete steps[field];
      delete fronts[field];
    }
  } else if (change.field in fields) fields[change.field] = fieldAfter(fields[change.field], change);
  else if (change.op === 'add') {
    steps[change.field] ??= [];
    steps[change.field]!.push({ position, by: change.by });
  } else {
    const { field, item, most } = change;
    fronts[field] = { items: moveToFront(fronts[field]?.items, [item], most), most };
  }
  return outcome;
};
