// What a batch comes to, document by document: one write each, that is right whichever part of the batch the document
// has already taken. A batch comes again after a crash, perhaps with other borders, so that "nothing" and "all" are not
// the only cases. `put`, `patch` and `remove` say what a document becomes: repeating them from any point of the batch
// ends at the same. `add` does not, so each of its steps keeps its position and is taken or not by itself.

import type { Change, Doc, Placed, Value } from '../ports.ts';

/** One step of an `add`, to be taken by a document that is before `position`. */
export interface Step {
  readonly position: number;
  readonly by: number;
}

export type Outcome =
  | { readonly kind: 'whole'; readonly doc: Doc }
  | { readonly kind: 'removed' }
  | {
      readonly kind: 'changed';
      readonly fields: ReadonlyMap<string, Value>;
      readonly steps: ReadonlyMap<string, readonly Step[]>;
    };

export interface Write {
  readonly id: string;
  /** Last position of the batch that concerns this document. */
  readonly position: number;
  readonly outcome: Outcome;
}

interface Open {
  position: number;
  /** Place in the batch whose changes at `position` count; the same position seen again is the same event again. */
  turn: number;
  outcome: Outcome;
}

/**
 * The writes of a batch by collection, in the order of the log whatever the order of the batch.
 * @throws TypeError a change that no document can take.
 */
export function writesOf(batch: readonly Placed[]): ReadonlyMap<string, readonly Write[]> {
  const collections = new Map<string, Map<string, Open>>();
  const ordered = batch.toSorted((a, b) => a.position - b.position);
  for (const [turn, { position, changes }] of ordered.entries()) {
    for (const change of changes) {
      let documents = collections.get(change.collection);
      if (documents === undefined) {
        documents = new Map();
        collections.set(change.collection, documents);
      }
      take(documents, position, turn, change);
    }
  }
  const writes = new Map<string, Write[]>();
  for (const [collection, documents] of collections)
    writes.set(
      collection,
      Array.from(documents, ([id, { position, outcome }]) => ({ id, position, outcome })),
    );
  return writes;
}

function take(documents: Map<string, Open>, position: number, turn: number, change: Change): void {
  const id = change.op === 'put' ? change.doc.id : change.id;
  const open = documents.get(id);
  if (open === undefined) {
    documents.set(id, { position, turn, outcome: after(UNTOUCHED, change, position) });
  } else if (open.position < position || open.turn === turn) {
    documents.set(id, { position, turn, outcome: after(open.outcome, change, position) });
  }
}

const UNTOUCHED: Outcome = { kind: 'changed', fields: new Map(), steps: new Map() };

function after(before: Outcome, change: Change, position: number): Outcome {
  if (change.op === 'put') return { kind: 'whole', doc: change.doc };
  if (change.op === 'remove') return { kind: 'removed' };
  if (before.kind === 'removed') return before;
  if ('id' in (change.op === 'patch' ? change.fields : { [change.field]: 0 }))
    throw new TypeError('a change cannot give a document another id');
  if (change.op === 'patch') return patched(before, change.fields);
  return added(before, change.field, { position, by: change.by });
}

type Present = Exclude<Outcome, { kind: 'removed' }>;

function patched(before: Present, patch: { readonly [field: string]: Value }): Present {
  if (before.kind === 'whole') return { kind: 'whole', doc: { ...before.doc, ...patch } };
  const fields = new Map(before.fields);
  const steps = new Map(before.steps);
  for (const [field, value] of Object.entries(patch)) {
    fields.set(field, value);
    steps.delete(field);
  }
  return { kind: 'changed', fields, steps };
}

function added(before: Present, field: string, step: Step): Present {
  if (before.kind === 'whole')
    return { kind: 'whole', doc: { ...before.doc, [field]: sum(before.doc[field], step.by) } };
  const { fields, steps } = before;
  if (fields.has(field))
    return { kind: 'changed', fields: new Map(fields).set(field, sum(fields.get(field), step.by)), steps };
  return { kind: 'changed', fields, steps: new Map(steps).set(field, [...(steps.get(field) ?? []), step]) };
}

/** A missing field counts from 0. */
function sum(value: Value | undefined, by: number): number {
  if (value === undefined) return by;
  if (typeof value === 'number') return value + by;
  throw new TypeError('only a number can be added to');
}
