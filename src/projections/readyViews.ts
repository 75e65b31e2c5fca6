// The views for readers: while views are being built, readers get an error instead of half an answer.

import { Unavailable, type ViewStore } from '../store/ports.ts';
import type { Progress } from './progress.ts';

export type ReadableViews = Pick<ViewStore, 'get' | 'find' | 'count' | 'search'>;

/** Each call waits a moment for the views. It throws Unavailable if they do not become ready. */
export const readyViews = (views: ViewStore, progress: Progress): ReadableViews => {
  const ready = async (): Promise<ViewStore> => {
    if (progress.isReady || (await progress.ready())) return views;
    throw new Unavailable('views', new Error('the views are being built'));
  };
  return {
    get: async (collection, ids) => (await ready()).get(collection, ids),
    find: async (collection, find) => (await ready()).find(collection, find),
    count: async (collection, stretch) => (await ready()).count(collection, stretch),
    search: async (collection, search) => (await ready()).search(collection, search),
  };
};
