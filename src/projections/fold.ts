// What the log makes of a share of the documents, in memory.

import { decode } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import type { Change, Doc, EventReader, Marks, Recorded } from '../store/ports.ts';
import { type Expected, isSameDoc, type Origin } from './differences.ts';
import { collections, projectionsWith } from './index.ts';
import { changed, project } from './projection.ts';
import { documentOf, keyOf, liesBehind, type Place, type Share } from './shares.ts';

const indexOf = new Map(collections.map(({ name }, at) => [name, at]));

interface Kept {
  doc: Doc | undefined;
  by: Origin;
  fields: Map<string, Origin>;
}

export type Fold = ReturnType<typeof createFold>;

/**
 * `share`: the documents as they were found. `most`: of documents in memory; if the log makes more, the share becomes
 * smaller from its end.
 */
export const createFold = ({ from, to: end, docs, position: certain }: Share, most: number, marks: Marks) => {
  const concerned = projectionsWith(marks).slice(from.at, end.at + 1);
  const changesOf = project(concerned);
  const handled = new Set(concerned.flatMap(({ on }) => Object.keys(on)));
  const kept = new Map<string, Kept>();
  /** Documents that were found as they were at some moment at which the views may have been read. */
  const right = new Set<string>();
  let to = end;

  const has = (key: string): boolean => {
    const { at, id } = documentOf(key);
    return liesBehind(from, at, id) && !liesBehind(to, at, id);
  };

  const shrink = (): void => {
    const order = (one: string, other: string): number => {
      const [a, b] = [documentOf(one), documentOf(other)];
      return a.at - b.at || (a.id < b.id ? -1 : 1);
    };
    const middle = documentOf([...kept.keys()].toSorted(order)[most >> 1]!);
    to = { at: middle.at, after: middle.id };
    for (const key of kept.keys()) if (!has(key)) kept.delete(key);
  };

  const take = (key: string, change: Change, origin: Origin): void => {
    const before = kept.get(key);
    const doc = changed(before?.doc, change);
    if (change.op === 'put') kept.set(key, { doc, by: origin, fields: new Map() });
    else if (change.op === 'remove') {
      // Only a document that was found needs to know what should have removed it.
      if (docs.has(key)) kept.set(key, { doc, by: origin, fields: new Map() });
      else kept.delete(key);
    } else if (before?.doc !== undefined) {
      before.doc = doc;
      for (const field of change.op === 'patch' ? Object.keys(change.fields) : [change.field])
        before.fields.set(field, origin);
    }
  };

  const takeEvent = (event: Event): void => {
    const { id, type, stream, position } = event;
    for (const change of changesOf(event)) {
      const key = keyOf(indexOf.get(change.collection)!, change.op === 'put' ? change.doc.id : change.id);
      if (!has(key)) continue;
      if (position > certain && isSameDoc(docs.get(key), kept.get(key)?.doc)) right.add(key);
      take(key, change, { id, type, stream, position });
      if (kept.size > most) shrink();
    }
  };

  return {
    /** Decodes what concerns the share alone. @throws Unreadable */
    take: (events: readonly Recorded[]): void => {
      for (const recorded of events) if (handled.has(recorded.type)) takeEvent(decode(recorded));
    },
    /** The place where the share ends. */
    get to(): Place {
      return to;
    },
    expected: (key: string): Expected | undefined => kept.get(key),
    /** The documents that differ from the log, whatever of it the views had when they were read. */
    wrong: (): readonly string[] =>
      [...new Set([...docs.keys(), ...kept.keys()])].filter(
        (key) => has(key) && !right.has(key) && !isSameDoc(docs.get(key), kept.get(key)?.doc),
      ),
  };
};

/** A page takes a millisecond or two. */
const PAGE = 100;

/** The log after a position, up to another, in pages. */
export async function* pagesUpTo(events: Pick<EventReader, 'readLog'>, after: number, upTo: number) {
  for (let position = after; position < upTo; ) {
    const page = await events.readLog(position, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    position = last.position;
    yield position <= upTo ? page : page.filter((event) => event.position <= upTo);
  }
}
