// Reads the documents of views, with their types.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Find, History, Secret, Stretch } from '../../store/ports.ts';
import type { AlertWordsDoc } from '../alertWords.ts';
import type { AnnotationsDoc } from '../annotations.ts';
import type { AttitudeDoc } from '../attitudes.ts';
import type { BookmarkDoc } from '../bookmarks.ts';
import type { ConversationDoc } from '../conversations.ts';
import type { ErasureDoc } from '../erasures.ts';
import { type FileDoc, openedFile, type ShareDoc, type SpaceDoc, type UnusedDoc } from '../files.ts';
import type { MembershipDoc, ReadDoc } from '../memberships.ts';
import type { LastMentionDoc, MentionDoc } from '../mentions.ts';
import {
  type EditDoc,
  type MessageDoc,
  openedEdit,
  openedMessage,
  type RemovalDoc,
  type SealedMessage,
} from '../messages.ts';
import type { NamePartDoc } from '../nameParts.ts';
import type { PinDoc } from '../pins.ts';
import type { ReactionDoc } from '../reactions.ts';
import type { ReadableViews } from '../readyViews.ts';
import type { ReceiptDoc } from '../receipts.ts';
import type { SealKeyDoc, TileDoc } from '../seals.ts';
import type { SeatsDoc } from '../seats.ts';
import { openedSession, type SessionDoc } from '../sessions.ts';
import type { FollowingDoc, ThreadDoc, ThreadMessageDoc, ThreadReadDoc } from '../threads.ts';
import type { KeyDoc, UserDoc } from '../users.ts';

type Sealed = Pick<Secret, 'secret'> & { readonly eventId: string };

interface Docs {
  readonly users: UserDoc;
  readonly nameParts: NamePartDoc;
  readonly keys: KeyDoc;
  readonly conversations: ConversationDoc;
  readonly memberships: MembershipDoc;
  readonly seats: SeatsDoc;
  readonly reads: ReadDoc;
  readonly attitudes: AttitudeDoc;
  readonly messages: MessageDoc;
  readonly removals: RemovalDoc;
  readonly edits: EditDoc;
  readonly receipts: ReceiptDoc;
  readonly files: FileDoc;
  readonly shares: ShareDoc;
  readonly unused: UnusedDoc;
  readonly space: SpaceDoc;
  readonly sessions: SessionDoc;
  readonly sealKeys: SealKeyDoc;
  readonly tiles: TileDoc;
  readonly erasures: ErasureDoc;
  readonly annotations: AnnotationsDoc;
  readonly reactions: ReactionDoc;
  readonly pins: PinDoc;
  readonly bookmarks: BookmarkDoc;
  readonly threads: ThreadDoc;
  readonly threadMessages: ThreadMessageDoc;
  readonly followings: FollowingDoc;
  readonly threadReads: ThreadReadDoc;
  readonly mentions: MentionDoc;
  readonly lastMentions: LastMentionDoc;
  readonly alertWords: AlertWordsDoc;
}

/** `after`, `before`: bounds on the sort key, exclusive. `descending`: the last documents first. */
export interface Page {
  readonly after?: number;
  readonly before?: number;
  readonly descending?: boolean;
  readonly limit: number;
}

/** One page of a list. It may hold fewer than `limit` items although `more` follow: pages are bounded in bytes too. */
export interface Slice<T> {
  readonly items: readonly T[];
  /** There may be another page after the last item. */
  readonly more: boolean;
}

/** Wraps each step of a query that may take many: other requests have their turns between steps, and it throws once the client has gone. */
export type InTurn = <T>(step: () => Promise<T>) => Promise<T>;

/** For callers without a client: other work has its turn before each step. */
export const unattended: InTurn = async (step) => {
  await nextTurn();
  return step();
};

/** A page without the items that `keep` is false for. Reads on while all of them are, each further page in its turn. */
export const keptOf = async <T>(
  page: Page,
  next: (page: Page) => Promise<Slice<T>>,
  placeOf: (item: T) => number,
  keep: (items: readonly T[]) => Promise<readonly boolean[]> | readonly boolean[],
  inTurn = unattended,
): Promise<Slice<T>> => {
  for (let from = page; ; ) {
    const { items, more } = await (from === page ? next(from) : inTurn(() => next(from)));
    const isKept = await keep(items);
    const kept = items.filter((_, i) => isKept[i]);
    const last = items.at(-1);
    if (kept.length > 0 || !more || last === undefined) return { items: kept, more };
    from = { ...page, [page.descending ? 'before' : 'after']: placeOf(last) };
  }
};

/** A page with as many items as wanted, unless the list ends: what one page has no bytes for is read with the next. */
export const fullPage = async <T>(
  page: Page,
  next: (page: Page) => Promise<Slice<T>>,
  placeOf: (item: T) => number,
): Promise<Slice<T>> => {
  const found: T[] = [];
  for (let from = page; ; ) {
    const { items, more } = await next(from);
    found.push(...items);
    const last = items.at(-1);
    const limit = page.limit - found.length;
    if (limit === 0 || !more || last === undefined) return { items: found, more };
    from = { ...page, limit, [page.descending ? 'before' : 'after']: placeOf(last) };
  }
};

/** One page of several lists, each item once, in the order of their places. Past the end of a page that has more, a list is not known. */
export const mergePages = <T extends { readonly id: string }>(
  slices: readonly Slice<T>[],
  { descending = false, limit }: Page,
  placeOf: (item: T) => number,
): Slice<T> => {
  const sign = descending ? -1 : 1;
  const ends = slices
    .filter(({ more }) => more)
    .map(({ items }) => sign * (items.length > 0 ? placeOf(items.at(-1)!) : Number.NEGATIVE_INFINITY));
  const end = Math.min(...ends, Number.POSITIVE_INFINITY);
  const known = new Map(slices.flatMap(({ items }) => items).map((item) => [item.id, item]));
  const items = [...known.values()]
    .filter((item) => sign * placeOf(item) <= end)
    .toSorted((one, other) => sign * (placeOf(one) - placeOf(other)));
  return { items: items.slice(0, limit), more: ends.length > 0 || items.length > limit };
};

export type Documents = ReturnType<typeof documentsIn>;

/** What lies encrypted in the views, so that nothing erased stays there. */
const openers: { readonly [collection: string]: ((doc: never, part: string | null) => unknown) | undefined } = {
  messages: openedMessage,
  edits: openedEdit,
  files: openedFile,
  sessions: openedSession,
} satisfies { readonly [C in keyof Docs]?: (doc: never, part: string | null) => Docs[C] };

const openedWith =
  (open: History['open']) =>
  async (collection: string, docs: readonly unknown[]): Promise<readonly unknown[]> => {
    const opened = openers[collection];
    if (opened === undefined) return docs;
    const sealed = docs as readonly (Sealed | undefined)[];
    const secrets = sealed.flatMap((doc) => (doc ? [{ id: doc.eventId, secret: doc.secret }] : []));
    const parts = [...(await open(secrets))];
    return sealed.map((doc) => doc && opened(doc as never, parts.shift() ?? null));
  };

export const documentsIn = (views: ReadableViews, open: History['open']) => {
  const opened = openedWith(open);
  /** In the order of `ids`. */
  const many = async <C extends keyof Docs>(collection: C, ids: readonly string[]) => {
    const docs = ids.length === 0 ? [] : await opened(collection, await views.get(collection, ids));
    return docs as readonly (Docs[C] | undefined)[];
  };

  const slice = async <C extends keyof Docs>(collection: C, wanted: Find): Promise<Slice<Docs[C]>> => {
    const { docs, more } = await views.find(collection, wanted);
    return { items: (await opened(collection, docs)) as readonly Docs[C][], more };
  };

  return {
    many,
    /** Those of the messages that the views have, in the order of `ids`, as they lie there. */
    sealedMessages: async (ids: readonly string[]) => {
      const docs = (await views.get('messages', ids)) as readonly unknown[] as readonly (SealedMessage | undefined)[];
      return docs.filter((doc) => doc !== undefined);
    },
    openMessages: async (sealed: readonly SealedMessage[]) =>
      (await opened('messages', sealed)) as readonly MessageDoc[],
    slice,
    count: (collection: keyof Docs, stretch: Stretch): Promise<number> => views.count(collection, stretch),
    one: async <C extends keyof Docs>(collection: C, id: string) => (await many(collection, [id]))[0],
    find: <C extends keyof Docs>(collection: C, where: Find['where'], sort: string, page: Page) =>
      slice(collection, { where, sort, ...page }),
    first: async <C extends keyof Docs>(collection: C, where: Find['where'], sort: string) =>
      (await slice(collection, { where, sort, limit: 1 })).items[0],
    byIds: async <
      C extends 'users' | 'conversations' | 'messages' | 'removals' | 'edits' | 'files' | 'annotations' | 'threads',
    >(
      collection: C,
      ids: Iterable<string | null>,
    ): Promise<ReadonlyMap<string, Docs[C]>> => {
      const wanted = [...new Set(ids)].filter((id) => id !== null);
      const docs = await many(collection, wanted);
      return new Map(docs.filter((doc) => doc !== undefined).map((doc) => [doc.id, doc]));
    },
  };
};
