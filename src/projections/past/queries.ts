// The queries as they would have been answered at a position. Nobody sees more of the past than of the present, auditors aside.

import type { History } from '../../store/ports.ts';
import { keptOf, type Slice } from '../queries/documents.ts';
import { createQueries, type Page, type Queries } from '../queries.ts';
import type { ReadableViews } from '../readyViews.ts';
import { pastDocuments } from './documents.ts';
import { pastLists } from './lists.ts';
import { pastMessages } from './messages.ts';
import type { Past } from './past.ts';

/** The views as they were. Of collections and lists that no answer needs they know nothing. */
export const pastViews = (past: Past): ReadableViews => {
  const messages = pastMessages(past);
  const documents = pastDocuments(past, messages);
  const list = pastLists(past, documents);
  return {
    get: documents.get,
    find: (collection, wanted) => (collection === 'messages' ? messages.find(wanted) : list(collection, wanted)),
    count: async (collection, stretch) => {
      if (collection !== 'messages') throw new TypeError(`nobody counts past ${collection}`);
      return messages.count(stretch);
    },
  };
};

/** Who looks at the past. */
export interface Viewer {
  readonly userId: string;
  /** As auditors do. Else: what the viewer may see now, and of what was taken back since what is left of it now. */
  readonly seesAll: boolean;
}

export type QueriesAt = (position: number, viewer: Viewer) => Queries;

/** `present`: the queries of now, which know what a viewer may see. */
export const createQueriesAt =
  (views: ReadableViews, events: Pick<History, 'readStream' | 'open'>, present: Queries): QueriesAt =>
  (position, { userId: viewerId, seesAll }) => {
    const past = createQueries(pastViews({ views, events, position, showsTakenBack: seesAll }), events.open);
    const mayRead = async (conversationId: string): Promise<boolean> =>
      seesAll || (await present.readable(conversationId, viewerId)) !== undefined;

    const readable = async (conversationId: string) => {
      const [found, isReadable] = await Promise.all([past.conversation(conversationId), mayRead(conversationId)]);
      return isReadable ? found : undefined;
    };
    /** Without the conversations that the viewer may not read now. */
    const kept = <T>(
      page: Page,
      next: (page: Page) => Promise<Slice<T>>,
      placeOf: (item: T) => number,
      idOf: (item: T) => string,
    ): Promise<Slice<T>> =>
      keptOf(page, next, placeOf, (items) => Promise.all(items.map((item) => mayRead(idOf(item)))));

    return {
      ...past,
      readable,
      conversationsOf: (userId, page, kind) =>
        kept(
          page,
          (from) => past.conversationsOf(userId, from, kind),
          ({ membership }) => membership.since,
          ({ membership }) => membership.conversationId,
        ),
      desksFor: (userId, page) =>
        kept(
          page,
          (from) => past.desksFor(userId, from),
          ({ number }) => number,
          ({ id }) => id,
        ),
      mentionsOf: async (userId, page) => {
        const { items, more } = await past.mentionsOf(userId, page);
        const shown = items.map(async (item) =>
          (await mayRead(item.conversationId)) ? item : { ...item, message: undefined },
        );
        return { items: await Promise.all(shown), more };
      },
      readableFile: async (fileId, userId) => {
        const [file, isReadable] = await Promise.all([
          past.filesById([fileId]),
          seesAll || present.readableFile(fileId, userId),
        ]);
        return isReadable ? file.get(fileId) : undefined;
      },
    };
  };
