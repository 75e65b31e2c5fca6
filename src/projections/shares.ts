// Shares of the views: stretches of all documents in the order of collections and ids, so that a check holds few at a time.

import type { Doc, ViewBuild, ViewStore } from '../store/ports.ts';
import { collections } from './index.ts';
import type { Rest } from './pace.ts';

/** A place between two documents. Without `after`: before the first of the collection. */
export interface Place {
  /** Of the collection, among all. */
  readonly at: number;
  readonly after?: string;
}

export const FIRST: Place = { at: 0 };

export const isEnd = ({ at }: Place): boolean => at >= collections.length;

/** Ids of ours are ASCII, for which this is the order of bytes. */
export const liesBehind = (place: Place, at: number, id: string): boolean =>
  at > place.at || (at === place.at && (place.after === undefined || id > place.after));

export const nearer = (one: Place, other: Place): Place => {
  if (one.at !== other.at) return one.at < other.at ? one : other;
  // Without `after` a place is before the first document of the collection.
  return one.after === undefined || (other.after !== undefined && one.after < other.after) ? one : other;
};

/** Names a document among all. */
export const keyOf = (at: number, id: string): string => `${at} ${id}`;

export const documentOf = (key: string): { readonly at: number; readonly id: string } => {
  const space = key.indexOf(' ');
  return { at: Number(key.slice(0, space)), id: key.slice(space + 1) };
};

export interface Share {
  readonly from: Place;
  readonly to: Place;
  /** By key. */
  readonly docs: ReadonlyMap<string, Doc>;
  /** The views had every event up to here before any of it was read. */
  readonly position: number;
}

/** A page takes a millisecond or two. */
const PAGE = 100;

/** Reads documents from a place on, about `most` of them. `rest` is awaited after each page. */
export const readShare = async (
  views: Pick<ViewStore | ViewBuild, 'scan'>,
  from: Place,
  most: number,
  rest: Rest,
): Promise<Share> => {
  const docs = new Map<string, Doc>();
  let position = Number.POSITIVE_INFINITY;
  let place = from;
  while (!isEnd(place) && docs.size < most) {
    const { at, after } = place;
    const page = await views.scan(collections[at]!.name, { after, limit: PAGE });
    position = Math.min(position, page.position);
    for (const doc of page.docs) docs.set(keyOf(at, doc.id), doc);
    const last = page.docs.at(-1);
    place = page.more && last ? { at, after: last.id } : { at: at + 1 };
    await rest();
  }
  return { from, to: place, docs, position };
};
