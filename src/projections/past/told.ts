// Everything that the events of a stream told by a position.

import { LRUCache } from 'lru-cache';
import type { Doc } from '../../store/ports.ts';
import { changed, type Projection, project } from '../projection.ts';
import type { Past } from './past.ts';
import { eventsUpTo } from './streams.ts';

/** By collection and id. */
type Docs = ReadonlyMap<string, { readonly doc: Doc; readonly position: number }>;

export interface Told {
  get(collection: string, id: string): { readonly doc: Doc; readonly position: number } | undefined;
  /** In the order in which they were put first. */
  all(collection: string): readonly Doc[];
}

/** Documents that one request keeps at most. */
const KEPT = 50_000;

const keyOf = (collection: string, id: string): string => `${collection} ${id}`;

const asTold = (docs: Docs): Told => ({
  get: (collection, id) => docs.get(keyOf(collection, id)),
  all: (collection) => [...docs].filter(([key]) => key.startsWith(keyOf(collection, ''))).map(([, { doc }]) => doc),
});

/** What a stream told, as `projections` take it. */
export const toldBy = (
  { events, position }: Pick<Past, 'events' | 'position'>,
  projections: readonly Projection[],
): ((stream: string) => Promise<Told>) => {
  const changesIn = project(projections);
  const tell = async (stream: string): Promise<Docs> => {
    const docs = new Map<string, { doc: Doc; position: number }>();
    for await (const event of eventsUpTo(events, stream, position))
      for (const change of changesIn(event)) {
        const key = keyOf(change.collection, change.op === 'put' ? change.doc.id : change.id);
        const doc = changed(docs.get(key)?.doc, change);
        if (doc === undefined) docs.delete(key);
        else docs.set(key, { doc, position: event.position });
      }
    return docs;
  };
  // A page asks for many documents of few streams.
  const known = new LRUCache<string, Docs>({
    maxSize: KEPT,
    sizeCalculation: ({ size }) => size + 1,
    fetchMethod: tell,
  });
  return async (stream) => asTold((await known.fetch(stream))!);
};
