// Which documents a list had at a position. The views name candidates, each document tells whether it was one then.

import { streams } from '../../domain/streams.ts';
import { type Doc, type Find, type Found, type Stretch, type Value, VIEW_PAGE_BYTES } from '../../store/ports.ts';
import type { AnnotationsDoc } from '../annotations.ts';
import type { JoiningDoc } from '../memberships.ts';
import { partsOfNames, userIdIn } from '../nameParts.ts';
import type { PinDoc, PinningDoc } from '../pins.ts';
import type { InTurn } from '../queries/documents.ts';
import type { UserDoc } from '../users.ts';
import type { PastAnnotations } from './annotations.ts';
import type { PastDocuments } from './documents.ts';
import type { Past } from './past.ts';
import { lastEventUpTo } from './streams.ts';

/** Accounts that are asked in one turn. */
const RENAMED = 100;

type Key = string | number;

/** Numbers by size, strings by code points as the stores sort them. */
const compare = (one: Key, other: Key): number =>
  typeof one === 'number' ? one - Number(other) : Buffer.compare(Buffer.from(one), Buffer.from(String(other)));

const keyIn = (doc: Doc, { sort }: Stretch): Key => doc[sort] as Key;

export const inOrder = (docs: readonly Doc[], wanted: Find): readonly Doc[] =>
  docs.toSorted((one, other) => compare(keyIn(one, wanted), keyIn(other, wanted)) * (wanted.descending ? -1 : 1));

export const fits = (doc: Doc, wanted: Stretch): boolean => {
  const { where, after, before } = wanted;
  const key = keyIn(doc, wanted);
  return (
    Object.entries(where).every(([field, value]) => doc[field] === value) &&
    (after === undefined || compare(key, after) > 0) &&
    (before === undefined || compare(key, before) < 0)
  );
};

/** The first documents as a page of the views: it ends at its limit, or at the bytes of a page. `more`: others may follow. */
export const pageOf = (docs: readonly Doc[], { limit }: Find, more: boolean): Found => {
  let bytes = 0;
  for (const [i, doc] of docs.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(doc));
    if (bytes >= VIEW_PAGE_BYTES || i + 1 === limit) return { docs: docs.slice(0, i + 1), more: true };
  }
  return { docs, more };
};

const onceEach = (docs: readonly Doc[]): readonly Doc[] => [...new Map(docs.map((doc) => [doc.id, doc])).values()];

const earlier = (before: Value | undefined, bound: number): number => Math.min(Number(before ?? Infinity), bound);

/**
 * Pages of candidates until enough of them are right, or none are left, each further page in its turn. `then`: what the candidates
 * were; undefined: nothing.
 */
export const among = async (
  inTurn: InTurn,
  wanted: Find,
  next: (wanted: Find) => Promise<Found>,
  then: (candidates: readonly Doc[]) => Promise<readonly (Doc | undefined)[]>,
): Promise<Found> => {
  const right: Doc[] = [];
  for (let from = wanted; ; ) {
    const { docs, more } = await (from === wanted ? next(from) : inTurn(() => next(from)));
    right.push(...(await then(docs)).filter((doc) => doc !== undefined && fits(doc, wanted)).map((doc) => doc!));
    const last = docs.at(-1);
    if (!more || last === undefined || right.length >= wanted.limit) return pageOf(right, wanted, more);
    from = { ...wanted, [wanted.descending ? 'before' : 'after']: keyIn(last, wanted) };
  }
};

export const pastLists = (
  { views, events, position, inTurn }: Past,
  { get, presentMembers, membershipsIn }: PastDocuments,
  { reactionsTo, bookmarksOf }: PastAnnotations,
) => {
  /** The numbers of a kind were given from blocks: those of later blocks were given later. */
  const numbersUpTo = async (kind: 'user' | 'conversation'): Promise<number> => {
    const reserved = await lastEventUpTo(events, streams.numbers(kind), position);
    return reserved?.type === 'NumbersReserved' ? reserved.data.upTo : 0;
  };

  const numbered = async (collection: 'users' | 'conversations', wanted: Find, wheres: readonly Find['where'][]) => {
    const before = earlier(wanted.before, (await numbersUpTo(collection === 'users' ? 'user' : 'conversation')) + 1);
    const next = async (from: Find): Promise<Found> => {
      const of = (where: Find['where']) =>
        views.find(collection, { ...from, before: earlier(from.before, before), where });
      const pages = await Promise.all(wheres.map(of));
      const ends = pages.flatMap(({ docs, more }) => (more ? [keyIn(docs.at(-1)!, wanted)] : []));
      // Past the end of a page that has more, a list is not known.
      const end = inOrder(
        ends.map((key) => ({ id: '', [wanted.sort]: key })),
        wanted,
      )[0];
      const sign = wanted.descending ? -1 : 1;
      const docs = inOrder(
        pages.flatMap((page) => page.docs),
        wanted,
      ).filter((doc) => end === undefined || sign * compare(keyIn(doc, wanted), keyIn(end, wanted)) <= 0);
      return { docs, more: ends.length > 0 };
    };
    return among(inTurn, wanted, next, (docs) =>
      get(
        collection,
        docs.map(({ id }) => id),
      ),
    );
  };

  /** Of the accounts whose names have changed since then, as they were: the first documents that fit. No more are kept. */
  const ofRenamed = async (wanted: Find, keysOf: (user: Doc) => readonly Doc[]): Promise<readonly Doc[]> => {
    let found: readonly Doc[] = [];
    for (let after = position; ; ) {
      const { docs, more } = await views.find('renames', {
        where: { isRenamed: true },
        sort: 'last',
        after,
        limit: RENAMED,
      });
      const ids = docs.map(({ id }) => id);
      const then = await inTurn(() => get('users', ids));
      const fitting = then.flatMap((user) => (user ? keysOf(user) : [])).filter((doc) => fits(doc, wanted));
      found = inOrder(onceEach([...found, ...fitting]), wanted).slice(0, wanted.limit);
      if (!more) return found;
      after = Number(docs.at(-1)!.last);
    }
  };

  /**
   * A list by names: of most accounts they are what they were; the others are asked one by one. They are read after the candidates,
   * so that whoever is renamed meanwhile is among them. `keysOf`: what a user is listed as.
   */
  const named = async (
    collection: 'users' | 'nameParts',
    wanted: Find,
    userIdOf: (candidate: Doc) => string,
    keysOf: (user: Doc) => readonly Doc[],
  ): Promise<Found> => {
    const upTo = await numbersUpTo('user');
    const then = async (candidates: readonly Doc[]) => {
      const now = await views.get('users', candidates.map(userIdOf));
      // Most of those that came later are known by their numbers, which costs no stream.
      const ids = new Set(now.flatMap((user) => (user && Number(user.number) <= upTo ? [user.id] : [])));
      const users = new Map((await get('users', [...ids])).map((user) => [user?.id, user]));
      return candidates.map((candidate) => {
        const user = users.get(userIdOf(candidate));
        const isSame = (doc: Doc) => doc.id === candidate.id && keyIn(doc, wanted) === keyIn(candidate, wanted);
        return user && keysOf(user).find(isSame);
      });
    };
    const same = await among(inTurn, wanted, (from) => views.find(collection, from), then);
    const found = inOrder(onceEach([...same.docs, ...(await ofRenamed(wanted, keysOf))]), wanted);
    return pageOf(found.slice(0, wanted.limit), wanted, same.more);
  };

  const joined = (wanted: Find): Promise<Found> => {
    const before = earlier(wanted.before, position + 1);
    const next = (from: Find) => views.find('joinings', { ...from, before: earlier(from.before, before) });
    return among(inTurn, wanted, next, async (docs) => {
      const joinings = docs as unknown as readonly JoiningDoc[];
      const found = await get(
        'memberships',
        joinings.map(({ id, since }) => id.slice(0, -`:${since}`.length)),
      );
      return found.map((membership, i) => (membership?.since === joinings[i]!.since ? membership : undefined));
    });
  };

  const pinned = (wanted: Find): Promise<Found> => {
    const before = earlier(wanted.before, position + 1);
    const next = (from: Find) => views.find('pinnings', { ...from, before: earlier(from.before, before) });
    return among(inTurn, wanted, next, async (docs) => {
      const pinnings = docs as unknown as readonly PinningDoc[];
      const ids = pinnings.map(({ messageId }) => messageId);
      const annotations = (await get('annotations', ids)) as unknown as readonly (AnnotationsDoc | undefined)[];
      return annotations.map((doc, i) => {
        if (!doc || doc.pinned === null || doc.pinned !== pinnings[i]!.position) return undefined;
        const { id, conversationId, pinned: position, pinnedAt, pinnedBy } = doc;
        return { id, conversationId, position, at: pinnedAt!, by: pinnedBy! } satisfies PinDoc;
      });
    });
  };

  const listed = (docs: readonly Doc[], wanted: Find): Found => {
    const right = docs.filter((doc) => fits(doc, wanted));
    return pageOf(inOrder(right, wanted).slice(0, wanted.limit), wanted, false);
  };

  const membersOf = async (wanted: Find): Promise<Found> =>
    (await presentMembers(wanted)) ?? listed(await membershipsIn(String(wanted.where.conversationId)), wanted);

  const reacted = async (wanted: Find): Promise<Found> => {
    const found = await reactionsTo(wanted);
    return 'docs' in found ? found : listed(found, wanted);
  };

  /** Mentions never change: those of later messages are left out. */
  const mentioned = (wanted: Find): Promise<Found> =>
    wanted.sort === 'position'
      ? views.find('mentions', { ...wanted, before: earlier(wanted.before, position + 1) })
      : among(
          inTurn,
          wanted,
          (from) => views.find('mentions', from),
          async (docs) => docs.map((doc) => (Number(doc.position) > position ? undefined : doc)),
        );

  /** Fields of a conversation that never change. */
  const fixed = new Set(['listed', 'kind', 'visitorId', 'visitorEmailKey']);

  return async (collection: string, wanted: Find): Promise<Found> => {
    const fields = Object.keys(wanted.where);
    const { sort } = wanted;
    if (collection === 'memberships') return fields.includes('conversationId') ? membersOf(wanted) : joined(wanted);
    if (collection === 'pins') return pinned(wanted);
    if (collection === 'reactions') return reacted(wanted);
    if (collection === 'bookmarks') return listed(await bookmarksOf(String(wanted.where.userId)), wanted);
    if (collection === 'conversations' && sort === 'number' && fields.every((field) => fixed.has(field)))
      return numbered('conversations', wanted, [wanted.where]);
    if (collection === 'mentions') return mentioned(wanted);
    if (collection === 'users' && sort === 'number')
      return numbered('users', wanted, [{ deleted: false }, { deleted: true }]);
    if (collection === 'users' && sort === 'usernameKey')
      return named(
        'users',
        wanted,
        ({ id }) => id,
        (user) => [user],
      );
    if (collection === 'nameParts')
      return named(
        'nameParts',
        wanted,
        (part) => userIdIn(part as never),
        (user) => partsOfNames(user.id, user as unknown as UserDoc).map((part) => ({ ...part })),
      );
    throw new TypeError(`nobody asks the past for ${collection} by ${fields}`);
  };
};
