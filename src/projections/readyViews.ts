// The views as readers see them: who asks while they are being built gets an error, never an answer from half of them.

import { Unavailable, type ViewStore } from '../store/ports.ts';
import type { Progress } from './progress.ts';

export type ReadableViews = Pick<ViewStore, 'get' | 'find'>;

/** Each call throws Unavailable where the views do not become ready while it waits a moment. */
export const readyViews = (views: ViewStore, progress: Progress): ReadableViews => {
  const mustBeReady = async (): Promise<void> => {
    if (!(await progress.ready())) throw new Unavailable('views', new Error('the views are being built'));
  };
  return {
    get: async (collection, ids) => {
      if (!progress.isReady) await mustBeReady();
      return views.get(collection, ids);
    },
    find: async (collection, find) => {
      if (!progress.isReady) await mustBeReady();
      return views.find(collection, find);
    },
  };
};
