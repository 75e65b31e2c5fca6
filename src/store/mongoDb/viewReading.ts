// Reads documents from the views that serve, also while others take their place.

import { BSON, type Collection as Documents } from 'mongodb';
import type { Collection, Doc, Found, Shape, ViewStore } from '../ports.ts';
import { Unavailable, VIEW_PAGE_BYTES } from '../ports.ts';
import { findTogether } from '../shared/askTogether.ts';
import { collectionsOf, declaredIn, textOf } from '../shared/collections.ts';
import { repeat } from './connection.ts';
import {
  BATCH,
  docOf,
  filterOf,
  type Query,
  queryOf,
  type SearchFor,
  type Stored,
  scanOf,
  searchOf,
} from './documents.ts';
import { type Generations, GRACE_MS, type Serving } from './generations.ts';
import type { Scanning } from './scanning.ts';
import type { ServingViews } from './servingViews.ts';

/** How long reads are repeated while the server is away: people wait for them. */
export const READ_PATIENCE_MS = 500;
/** An answer counts if the serving views were certain so short before its end; old views live longer than that. */
const CERTAIN_MS = GRACE_MS - 1_000;
/** Ids of one question at most, unless one caller wants more. */
const IDS = 500;

/** As those of the port. */
export const readViews = (
  shape: Shape,
  generations: Generations,
  serving: ServingViews,
  scanning: Scanning,
): Pick<ViewStore, 'get' | 'find' | 'count' | 'search' | 'scan'> => {
  const { collections } = shape;
  const text = textOf(shape);

  /** Reads again from the views that serve now if those before them were replaced so long ago that they may be gone. */
  const fromServing = async <T>(read: (views: Serving) => Promise<T>): Promise<T> => {
    for (;;) {
      const views = serving.known();
      const { generation } = views;
      const [result] = await Promise.allSettled([repeat('views', READ_PATIENCE_MS, () => read(views))]);
      const isAway = result.status === 'rejected' && result.reason instanceof Unavailable;
      const isCertain = isAway || serving.age() < CERTAIN_MS;
      if (isCertain || (await repeat('views', READ_PATIENCE_MS, serving.read)).generation === generation) {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      }
    }
  };

  /** @throws Unavailable views of an earlier version do not have it: new ones are being built. */
  const mustHave = (views: Serving, name: string, asks?: (collection: Collection) => unknown): void => {
    if (views.shape === text) return;
    try {
      const found = declaredIn(collectionsOf(views.shape), name);
      asks?.(found);
    } catch (error) {
      throw new Unavailable('views', error);
    }
  };

  const documentsById = (name: string) =>
    findTogether(async (ids) => {
      const found = await fromServing(async (views) => {
        mustHave(views, name);
        const documents = generations.documents(views.generation, name);
        return documents.find({ _id: { $in: [...ids] } }).toArray();
      });
      return new Map(found.map((stored) => [stored._id, docOf(stored)]));
    }, IDS);
  const byId = new Map(collections.map(({ name }) => [name, documentsById(name)]));

  return {
    async get(collection, ids) {
      declaredIn(collections, collection);
      return ids.length === 0 ? [] : byId.get(collection)!(ids);
    },
    async find(collection, find) {
      const query = queryOf(declaredIn(collections, collection), find);
      return fromServing((views) => {
        mustHave(views, collection, (declared) => queryOf(declared, find));
        return pageOf(generations.documents(views.generation, collection), query);
      });
    },
    async search(collection, search) {
      const query = searchOf(declaredIn(collections, collection), search);
      return fromServing((views) => {
        mustHave(views, collection, (declared) => searchOf(declared, search));
        return pageOf(generations.documents(views.generation, collection), query);
      });
    },
    async scan(collection, scan) {
      declaredIn(collections, collection);
      scanOf(scan);
      await repeat('views', READ_PATIENCE_MS, serving.read);
      return fromServing(async (views) => {
        if (views.shape !== text) throw new Unavailable('views', new Error('they are of another version'));
        return scanning.page(generations.documents(views.generation, collection), scan, views.checkpoint);
      });
    },
    async count(collection, stretch) {
      const filter = filterOf(declaredIn(collections, collection), stretch);
      return fromServing((views) => {
        mustHave(views, collection, (declared) => filterOf(declared, stretch));
        return generations.documents(views.generation, collection).countDocuments(filter);
      });
    },
  };
};

export const pageOf = async (
  documents: Documents<Stored>,
  { filter, sort, limit }: Query | SearchFor,
): Promise<Found> => {
  const docs: Doc[] = [];
  let count = 0;
  let bytes = 0;
  // One more than the limit: the server need not keep a cursor for a page that one answer holds.
  for await (const stored of documents.find(filter, { sort, limit, batchSize: Math.min(limit + 1, BATCH) })) {
    count++;
    bytes += BSON.calculateObjectSize(stored);
    const doc = docOf(stored);
    if (doc !== undefined) docs.push(doc);
    if (bytes >= VIEW_PAGE_BYTES) break;
  }
  return { docs, more: count === limit || bytes >= VIEW_PAGE_BYTES };
};
