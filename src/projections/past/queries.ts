// The queries as they would have been answered at a position. Nobody sees more of the past than of the present, auditors aside.

import type { Find, Found, History, Stretch } from '../../store/ports.ts';
import type { SealedMessage } from '../messages.ts';
import { type InTurn, keptOf, type Slice, unattended } from '../queries/documents.ts';
import { createQueries, type Page, type Permitted, type Queries } from '../queries.ts';
import type { ReadableViews } from '../readyViews.ts';
import { pastAnnotations } from './annotations.ts';
import { pastDocuments } from './documents.ts';
import { pastLists } from './lists.ts';
import { pastMessages } from './messages.ts';
import type { Past } from './past.ts';
import { pastThreads } from './threads.ts';

/** The views as they were. Of collections and lists that no answer needs they know nothing. */
export const pastViews = (past: Past): ReadableViews => {
  const messages = pastMessages(past);
  const annotations = pastAnnotations(past);
  const threads = pastThreads(past, messages);
  const documents = pastDocuments(past, messages, annotations, threads.get);
  const list = pastLists(past, documents, annotations);
  const finders: Readonly<Record<string, (wanted: Find) => Promise<Found>>> = {
    messages: messages.find,
    ...threads.find,
  };
  const counters: Readonly<Record<string, (stretch: Stretch) => Promise<number>>> = {
    messages: messages.count,
    ...threads.count,
  };
  return {
    get: documents.get,
    find: (collection, wanted) => finders[collection]?.(wanted) ?? list(collection, wanted),
    count: async (collection, stretch) => {
      const count = counters[collection];
      if (count === undefined) throw new TypeError(`nobody counts past ${collection}`);
      return count(stretch);
    },
    search: async (collection) => {
      throw new TypeError(`nobody searches past ${collection}`);
    },
  };
};

/** Who looks at the past. */
export interface Viewer {
  readonly userId: string;
  /** As auditors do. Else: what the viewer may see now, and of what was taken back since what is left of it now. */
  readonly seesAll: boolean;
}

/** Without a viewer: what was answered then, by the rights of then. */
export type QueriesAt = (position: number, viewer?: Viewer, inTurn?: InTurn) => Queries;

/** `present`: the queries of now, which know what a viewer may see. */
export const createQueriesAt =
  (views: ReadableViews, events: Pick<History, 'readStream' | 'open'>, present: Queries): QueriesAt =>
  (position, viewer, inTurn = unattended) => {
    const rights = new Map<string, ReturnType<Queries['versionRights']>>();
    const showsVersionsOf = (messages: readonly SealedMessage[]) =>
      Promise.all(
        messages.map(async (message) => {
          if (viewer === undefined) return true;
          const { conversationId } = message;
          const asked = rights.get(conversationId) ?? present.versionRights(conversationId, viewer.userId);
          rights.set(conversationId, asked);
          return (await asked)?.(message).refusal === undefined;
        }),
      );
    const showsTakenBack = viewer?.seesAll ?? true;
    const past = createQueries(
      pastViews({ views, events, position, showsTakenBack, inTurn, showsVersionsOf }),
      events.open,
    );
    if (viewer === undefined) return past;
    const { userId: viewerId, seesAll } = viewer;
    const mayRead = async (conversationId: string): Promise<boolean> =>
      seesAll || (await present.readable(conversationId, viewerId)) !== undefined;

    const readable = async (conversationId: string): Promise<Permitted | undefined> => {
      const [then, now] = await Promise.all([
        past.conversation(conversationId),
        seesAll ? { seesAfter: 0 } : present.readable(conversationId, viewerId),
      ]);
      return then && now && { ...then, seesAfter: now.seesAfter };
    };
    const seesEach = async (messages: Parameters<Queries['seesEach']>[1]): Promise<readonly boolean[]> =>
      seesAll ? messages.map(() => true) : present.seesEach(viewerId, messages);
    /** Without the conversations that the viewer may not read now. */
    const kept = <T>(
      page: Page,
      next: (page: Page) => Promise<Slice<T>>,
      placeOf: (item: T) => number,
      idOf: (item: T) => string,
    ): Promise<Slice<T>> =>
      keptOf(page, next, placeOf, (items) => Promise.all(items.map((item) => mayRead(idOf(item)))), inTurn);

    return {
      ...past,
      readable,
      readableAmong: async (_, ids) => {
        const found = await Promise.all(ids.map(readable));
        return new Map(found.flatMap((one) => (one ? [[one.id, one] as const] : [])));
      },
      seesEach: (_, messages) => seesEach(messages),
      seesAfterIn: async (_, conversations) => {
        if (seesAll) return conversations.map(() => 0);
        const now = await present.readableAmong(
          viewerId,
          conversations.flatMap((one) => (one ? [one.id] : [])),
        );
        return conversations.map((one) => now.get(one?.id ?? '')?.seesAfter ?? Number.MAX_SAFE_INTEGER);
      },
      versionRights: async (conversationId, userId) =>
        seesAll
          ? () => ({ refusal: undefined, rule: 'is-auditor', grounds: [] })
          : present.versionRights(conversationId, userId),
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
        const isSeen = await seesEach(items.map(({ conversationId, seq }) => ({ conversationId, seq })));
        return { items: items.map((item, i) => (isSeen[i] ? item : { ...item, message: undefined })), more };
      },
      readableFile: async (fileId, userId, inTurn) => {
        const [file, isReadable] = await Promise.all([
          past.filesById([fileId]),
          seesAll || present.readableFile(fileId, userId, inTurn),
        ]);
        return isReadable ? file.get(fileId) : undefined;
      },
    };
  };
