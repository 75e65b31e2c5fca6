// Views in which one document fills a page, as long ones do: a page is bounded in bytes.

import type { ViewStore } from '../../src/store/ports.ts';
import { instead } from './instead.ts';

/** `onPage`: called before each page. */
export const onePerPage = (views: ViewStore, onPage: (collection: string) => void = () => undefined): ViewStore =>
  instead(views, {
    find: async (collection, wanted) => {
      onPage(collection);
      const { docs } = await views.find(collection, { ...wanted, limit: 1 });
      return { docs, more: docs.length > 0 };
    },
  });
