// A projection: a collection of documents, and the changes that each event makes to them. Pure.

import type { Event, EventOf, EventType } from '../domain/events.ts';
import { type Change, type Collection, type Doc, fieldAfter, type Value } from '../store/ports.ts';

type Handlers = { readonly [T in EventType]?: (event: EventOf<T>) => readonly Change[] };

export interface Projection {
  readonly collection: Collection;
  readonly on: Handlers;
}

// A loop, since a rebuild calls this for every message.
const defined = (fields: { readonly [field: string]: Value | undefined }): { readonly [field: string]: Value } => {
  const kept: { [field: string]: Value } = {};
  for (const field in fields) if (fields[field] !== undefined) kept[field] = fields[field];
  return kept;
};

/** Makes changes of one collection. */
export const changesOf = (collection: string) => ({
  put: (doc: { readonly id: string } & { readonly [field: string]: Value }): Change => ({ op: 'put', collection, doc }),
  /** Fields that are `undefined` stay as they are. */
  patch: (id: string, fields: Parameters<typeof defined>[0]): Change => ({
    op: 'patch',
    collection,
    id,
    fields: defined(fields),
  }),
  add: (id: string, field: string, by: number): Change => ({ op: 'add', collection, id, field, by }),
  moveToFront: (id: string, field: string, item: string, most: number): Change => ({
    op: 'moveToFront',
    ...{ collection, id, field, item, most },
  }),
  remove: (id: string): Change => ({ op: 'remove', collection, id }),
});

/** The changes that an event makes in all of `projections`. */
export const project = (projections: readonly Projection[]): ((event: Event) => readonly Change[]) => {
  const byType = new Map<string, ((event: never) => readonly Change[])[]>();
  for (const { on } of projections)
    for (const [type, handler] of Object.entries(on)) byType.set(type, [...(byType.get(type) ?? []), handler]);
  return (event) => {
    const changes: Change[] = [];
    for (const handler of byType.get(event.type) ?? []) changes.push(...handler(event as never));
    return changes;
  };
};

/** The document after a change of it, the same as in the views. Undefined: there is none. */
export const changed = (doc: Doc | undefined, change: Change): Doc | undefined => {
  if (change.op === 'put') return change.doc;
  if (change.op === 'remove' || doc === undefined) return undefined;
  if (change.op === 'patch') return { ...doc, ...change.fields };
  return { ...doc, [change.field]: fieldAfter(doc[change.field], change) };
};

/** The document after an event that is about it, the same as in the views: what the event changes elsewhere is left out. Undefined: there is none. */
export const documentAfter = ({ on }: Projection, doc: Doc | undefined, event: Event): Doc | undefined => {
  const handler = on[event.type] as ((event: Event) => readonly Change[]) | undefined;
  return (handler?.(event) ?? []).reduce(
    (known, change) => (change.op === 'put' || change.id === known?.id ? changed(known, change) : known),
    doc,
  );
};
