// What streams lead to, as far as frames need it: kept, bounded in bytes, and brought up to date with the events that the
// fan-out passes. So a stream is read from its start once, however long it is and however often something happens in it.

import { LRUCache } from 'lru-cache';
import type { Decode } from '../../domain/codec.ts';
import type { Event } from '../../domain/events.ts';
import type { Doc, Recorded } from '../../store/ports.ts';

export interface Kept {
  readonly doc: Doc | undefined;
  /** The last event that is in `doc`; -1: it is not from the stream. */
  readonly revision: number;
}

/** A stream, and what makes a document from it. */
export interface Source {
  readonly stream: string;
  /** The document after one more event. */
  readonly after: (doc: Doc | undefined, event: Event) => Doc | undefined;
  /** Read the first event only: it has everything that never changes. */
  readonly firstOnly?: boolean;
  /** The same from the views. Missing: whoever asks is told of the failure. */
  readonly inViews?: () => Promise<unknown>;
}

interface Entry extends Kept {
  readonly source: Source;
}

/** Bytes that one document costs beside its text. */
const KEEPING = 500;

/** `ttl`: milliseconds after which it is read again. Default: never. */
type Read = (source: Source) => Promise<Kept & { readonly ttl?: number }>;

export const createKeptFolds = ({ decode, read, bytes }: { decode: Decode; read: Read; bytes: number }) => {
  /** By stream. Several requests for one document share one read. */
  const kept = new LRUCache<string, Entry, Source>({
    maxSize: bytes,
    sizeCalculation: ({ doc }) => KEEPING + JSON.stringify(doc ?? null).length,
    fetchMethod: async (_key, _stale, { context: source, options }) => {
      const { ttl, ...found } = await read(source);
      if (ttl !== undefined) options.ttl = ttl;
      return { ...found, source };
    },
    // `apply` deletes a document that is being read: the read still answers, and is not kept.
    ignoreFetchAbort: true,
  });

  return {
    of: async <T>(source: Source): Promise<T | undefined> => {
      const { stream } = source;
      const doc = (await kept.fetch(stream, { context: source }))?.doc;
      if (doc === undefined) kept.delete(stream);
      return doc as unknown as T | undefined;
    },
    /** Of a stream of which nothing is kept, nothing is remembered. */
    apply: (recorded: Recorded): void => {
      const { stream, revision } = recorded;
      const known = kept.peek(stream);
      // A document that is being read may lack this event.
      if (known === undefined || revision > known.revision + 1) kept.delete(stream);
      else if (revision > known.revision) {
        const { source, doc } = known;
        kept.set(stream, { source, doc: source.after(doc, decode(recorded)), revision });
      }
    },
    forget: (stream: string): void => void kept.delete(stream),
    forgetAll: (): void => kept.clear(),
  };
};
