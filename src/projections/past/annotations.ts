// What people had done with messages at a position. Where nothing happened to a message since, the views have it.

import { streams } from '../../domain/streams.ts';
import type { Doc, Find, Found } from '../../store/ports.ts';
import { type AnnotationsDoc, annotations } from '../annotations.ts';
import { bookmarks } from '../bookmarks.ts';
import { messageIdIn, reactions } from '../reactions.ts';
import type { Past } from './past.ts';
import { type Told, toldBy } from './told.ts';

export type PastAnnotations = ReturnType<typeof pastAnnotations>;

export const pastAnnotations = (past: Past) => {
  const { views, position } = past;
  const told = toldBy(past, [annotations, reactions, bookmarks]);

  /** What the streams of those messages told that were changed since then. */
  const changedAmong = async (docs: readonly (Doc | undefined)[]): Promise<ReadonlyMap<string, Told>> => {
    const changed = docs.filter(
      (doc) => doc !== undefined && Number(doc.position) > position,
    ) as unknown as AnnotationsDoc[];
    const all = changed.map(async ({ id, conversationId }) => {
      const then = await told(streams.message(`${conversationId}-${id}`));
      return [id, then] as const;
    });
    return new Map(await Promise.all(all));
  };

  const annotationsThen = async (ids: readonly string[]): Promise<readonly (Doc | undefined)[]> => {
    const docs = await views.get('annotations', ids);
    const changed = await changedAmong(docs);
    return docs.map((doc) => {
      const then = changed.get(doc?.id ?? '');
      return then === undefined ? doc : then.get('annotations', doc!.id)?.doc;
    });
  };

  /** What is read before the annotations is not newer than they are. */
  const changedSince = async (messageIds: readonly string[]) =>
    changedAmong(await views.get('annotations', [...new Set(messageIds)]));

  const reactionsThen = async (ids: readonly string[]): Promise<readonly (Doc | undefined)[]> => {
    const docs = await views.get('reactions', ids);
    const changed = await changedSince(ids.map(messageIdIn));
    return docs.map((doc, i) => {
      const then = changed.get(messageIdIn(ids[i]!));
      return then === undefined ? doc : then.get('reactions', ids[i]!)?.doc;
    });
  };

  return {
    get: (collection: 'annotations' | 'reactions', ids: readonly string[]) =>
      collection === 'annotations' ? annotationsThen(ids) : reactionsThen(ids),
    /** Of a message. An array: all of them, where the views do not have them as they were. */
    reactionsTo: async (wanted: Find): Promise<Found | readonly Doc[]> => {
      const messageId = String(wanted.where.messageId);
      const found = await views.find('reactions', wanted);
      const then = (await changedSince([messageId])).get(messageId);
      return then === undefined ? found : then.all('reactions');
    },
    bookmarksOf: async (userId: string): Promise<readonly Doc[]> =>
      (await told(streams.bookmarks(userId))).all('bookmarks'),
  };
};
