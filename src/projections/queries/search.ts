// Finds messages by what they say: the index of words names candidates, and the text itself decides.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { searchable } from '../../domain/names.ts';
import type { SearchQuery } from '../../domain/searchQuery.ts';
import { folded, type Range, rangesOf, type Word, wordsOf } from '../../domain/words.ts';
import type { MarkedReader, SearchTerm } from '../../store/ports.ts';
import type { MessageDoc } from '../messages.ts';
import type { Queries } from '../queries.ts';
import type { ReadableViews } from '../readyViews.ts';
import { termFrom, termHas, termIn, termsOfPhrase } from '../words.ts';
import { fullPage } from './documents.ts';

/** Candidates that are looked at together. */
const TOGETHER = 100;
const BOUNDS = {
  /** Candidates that are opened for one page. Those that the account does not see do not count: nothing may tell of them. */
  opened: 1000,
  /** After so many of the others, a page looks only in the newest conversations that the account may read. */
  unseen: 5000,
};
/** Characters of their texts that are looked at in one turn of the event loop: those of a few long ones. */
const LOOKED_AT = 50_000;
/** UTF-16 units from the first thing found in a text, for what is shown of it: a text may have it thousands of times. */
const NEAR = 1000;
/** Newest hits among which the most relevant come first. */
const RANKED = 200;
/** Of each kind. Who may read more is searched for in all that there are, but for pins and reactions alone in the newest. */
const CONVERSATIONS = 100;

/** A candidate, before it is opened. */
type Placed = Pick<MessageDoc, 'id' | 'conversationId' | 'seq' | 'position'>;

export interface Hit extends Found {
  readonly message: MessageDoc;
}

interface Found {
  /** What was found in the text, in order: the first, and what stands near it. */
  readonly ranges: readonly Range[];
  /** How often something was found. */
  readonly count: number;
}

/** Where a page begins: before the position `upTo`, or behind the hit of a score among those from the position `from` up to there. */
export interface SearchPlace {
  readonly upTo: number;
  readonly from?: number | undefined;
  readonly behind?: readonly [score: number, position: number] | undefined;
}

export interface SearchPage {
  readonly hits: readonly Hit[];
  /** Undefined: that was all. */
  readonly next: SearchPlace | undefined;
}

interface Wanted {
  readonly place: SearchPlace | undefined;
  readonly limit: number;
  readonly order: 'time' | 'relevance';
}

export interface SearchSources {
  readonly views: ReadableViews;
  readonly marks: MarkedReader['marks'];
  readonly queries: Queries;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

/** Texts repeat their words. */
const remembering = (make: (word: string) => string): ((word: string) => string) => {
  const known = new Map<string, string>();
  return (word) => {
    const made = known.get(word) ?? make(word);
    known.set(word, made);
    return made;
  };
};

const longest = ({ words }: SearchQuery['phrases'][number]): number =>
  Math.max(...words.map(({ text }) => text.length));

/** Where all phrases stand in a text. Undefined: one does not, or one that is not wanted does. */
const found = ({ phrases, excluded }: SearchQuery, words: readonly Word[]): Found | undefined => {
  if (excluded.some((phrase) => rangesOf(phrase, words).length > 0)) return undefined;
  const all = phrases.map((phrase) => rangesOf(phrase, words));
  if (all.some(({ length }) => length === 0)) return undefined;
  const first = Math.min(...all.map(([range]) => range!.from));
  const near = all.flatMap((ranges) => ranges.filter(({ from }) => from < first + NEAR));
  return {
    ranges: near.toSorted((one, other) => one.from - other.from),
    count: all.reduce((sum, { length }) => sum + length, 0),
  };
};

/** More of what was looked for in less text is more relevant. */
const scoreOf = ({ message, count }: Hit): number => Math.round((1000 * count) / Math.log2(16 + message.text.length));

export type SearchMessages = ReturnType<typeof createSearch>;

export const createSearch = ({ views, marks: known, queries }: SearchSources, bounds: Partial<typeof BOUNDS> = {}) => {
  const { opened: mostOpened, unseen: mostUnseen } = { ...BOUNDS, ...bounds };

  /** Of the messages, those that are pinned or have reactions, where the query asks for that. */
  const withMarks = async ({ isPinned, has }: SearchQuery, hits: readonly Hit[], userId: string) => {
    if (!isPinned && !has.includes('reaction')) return hits;
    const marks = await queries.annotationsOn(
      hits.map(({ message }) => message.id),
      userId,
    );
    return hits.filter(({ message }) => {
      const { pinnedAt = null, reactions = [] } = marks.get(message.id) ?? {};
      return (!isPinned || pinnedAt !== null) && (!has.includes('reaction') || reactions.length > 0);
    });
  };

  const userNamed = async (name: string, userId: string): Promise<string | undefined> => {
    if (name.toLowerCase() === 'me') return userId;
    const { items } = await queries.usersNamed(name.replace(/^@/, ''), 1);
    return items.find(({ usernameKey }) => usernameKey === searchable(name.replace(/^@/, '')))?.id;
  };

  const conversationNamed = async (name: string, userId: string): Promise<string | undefined> => {
    const id = UUID.test(name) ? name.toLowerCase() : (await queries.conversationWithSlug(name))?.id;
    return id !== undefined && (await queries.readable(id, userId)) !== undefined ? id : undefined;
  };

  /** The newest conversations that the account may read. `areAll`: there are no others. */
  const conversationsOf = async (userId: string) => {
    const page = { limit: CONVERSATIONS, descending: true };
    const byNumber = ({ number }: { readonly number: number }): number => number;
    const [joined, listed, desks] = await Promise.all([
      fullPage(
        page,
        (from) => queries.membershipsOf(userId, from),
        ({ since }) => since,
      ),
      fullPage(page, queries.listed, byNumber),
      fullPage(page, (from) => queries.desksFor(userId, from), byNumber),
    ]);
    const ids = [
      ...joined.items.map(({ conversationId }) => conversationId),
      ...[...listed.items, ...desks.items].map(({ id }) => id),
    ];
    return { ids, areAll: !joined.more && !listed.more && !desks.more };
  };

  /** What the index must have; and in the newest conversations alone. Undefined: nothing can be found. */
  const termsOf = async (
    query: SearchQuery,
    userId: string,
  ): Promise<{ readonly all: readonly SearchTerm[]; readonly narrow: readonly SearchTerm[] } | undefined> => {
    const marks = await known();
    const senders = (await Promise.all(query.from.map((name) => userNamed(name, userId)))).filter(isDefined);
    const named = (await Promise.all(query.in.map((name) => conversationNamed(name, userId)))).filter(isDefined);
    if ((query.from.length > 0 && senders.length === 0) || (query.in.length > 0 && named.length === 0))
      return undefined;
    const { ids, areAll } = query.in.length > 0 ? { ids: named, areAll: true } : await conversationsOf(userId);
    if (ids.length === 0) return undefined;
    const terms = [
      ...query.phrases
        .toSorted((one, other) => longest(other) - longest(one))
        .flatMap((one) => termsOfPhrase(marks, one)),
      ...(senders.length > 0 ? [termFrom(marks, senders)] : []),
      ...query.has.flatMap((what) => (what === 'reaction' ? [] : [termHas(marks, what)])),
    ];
    // The index does not know pins and reactions: nothing but the conversation narrows a search for these alone.
    const narrow = [...terms, termIn(marks, ids)];
    return { all: areAll || terms.length === 0 ? narrow : terms, narrow };
  };

  /** Every message of that time or a later one lies behind this position: an imported one was recorded after it was sent. */
  const positionBefore = async (time: string): Promise<number> => {
    const wanted = { where: { era: 'here' }, sort: 'minute', before: time.slice(0, 16), descending: true, limit: 1 };
    return Number((await views.find('moments', wanted)).docs[0]?.position ?? 0);
  };

  /** Those of the candidates that the account sees, for one search. */
  const createSight = (userId: string) => {
    const seesAfter = new Map<string, number>();
    return async (ids: readonly string[]): Promise<readonly Placed[]> => {
      const placed = ((await views.get('messages', ids)) as unknown as readonly (Placed | undefined)[]).filter(
        isDefined,
      );
      const unknown = new Set(placed.map(({ conversationId }) => conversationId)).difference(seesAfter);
      const readable = await queries.readableAmong(userId, [...unknown]);
      for (const id of unknown) seesAfter.set(id, readable.get(id)?.seesAfter ?? Number.POSITIVE_INFINITY);
      return placed.filter(({ conversationId, seq }) => seq > seesAfter.get(conversationId)!);
    };
  };

  const hitIn = (query: SearchQuery, message: MessageDoc, fold: typeof folded): Hit | undefined => {
    const { removed, erased, at, text } = message;
    if (removed || erased) return undefined;
    if ((query.before !== null && at >= query.before) || (query.after !== null && at < query.after)) return undefined;
    const inText = found(query, wordsOf(text, fold));
    return inText && { message, ...inText };
  };

  /** Those of the messages that fit, in the same order. */
  const hitsAmong = async (query: SearchQuery, userId: string, placed: readonly Placed[]): Promise<readonly Hit[]> => {
    const messages = await queries.messagesById(placed.map(({ id }) => id));
    const hits: (Hit | undefined)[] = [];
    let [left, fold] = [LOOKED_AT, remembering(folded)];
    for (const message of messages.values()) {
      if (left <= 0) {
        await nextTurn();
        [left, fold] = [LOOKED_AT, remembering(folded)];
      }
      left -= message.text.length;
      hits.push(hitIn(query, message, fold));
    }
    return withMarks(query, hits.filter(isDefined), userId);
  };

  /**
   * Newest first: as many hits as wanted, or as a page may look for. `upTo`: where the next page begins; it depends on nothing
   * that the account does not see.
   */
  const newest = async (query: SearchQuery, userId: string, before: number, most: number, from = 0) => {
    const terms = await termsOf(query, userId);
    if (terms === undefined) return { hits: [], upTo: undefined };
    const after = Math.max(from - 1, query.after === null ? 0 : await positionBefore(query.after));
    const seenAmong = createSight(userId);
    const hits: Hit[] = [];
    for (let [upTo, opened, unseen] = [before, 0, 0]; ; ) {
      const all = unseen < mostUnseen ? terms.all : terms.narrow;
      // Mostly the first few are enough.
      const limit = upTo === before ? Math.min(TOGETHER, 2 * most) : TOGETHER;
      const { docs, more } = await views.search('words', { all, after, before: upTo, limit });
      const seen = await seenAmong(docs.map(({ id }) => id));
      const looked = seen.slice(0, mostOpened - opened);
      hits.push(...(await hitsAmong(query, userId, looked)));
      if (hits.length > most) return { hits: hits.slice(0, most), upTo: hits[most - 1]!.message.position };
      opened += looked.length;
      if (opened === mostOpened) return { hits, upTo: looked.at(-1)!.position };
      if (!more) return { hits, upTo: undefined };
      unseen += docs.length - seen.length;
      upTo = Number(docs.at(-1)!.position);
      await nextTurn();
    }
  };

  const pageInTime = async (query: SearchQuery, userId: string, { place, limit }: Wanted): Promise<SearchPage> => {
    const { hits, upTo } = await newest(query, userId, place?.upTo ?? Number.MAX_SAFE_INTEGER, limit);
    return { hits, next: upTo === undefined ? undefined : { upTo } };
  };

  const compare = (one: readonly [number, number], other: readonly [number, number]): number =>
    other[0] - one[0] || other[1] - one[1];
  const rankOf = (hit: Hit): readonly [number, number] => [scoreOf(hit), hit.message.position];

  /**
   * The most relevant of the newest hits; then of those before. Pages of one ranking are of the same positions, whatever is said
   * or removed meanwhile.
   */
  const pageOfBest = async (query: SearchQuery, userId: string, { place, limit }: Wanted): Promise<SearchPage> => {
    const { upTo: top = Number.MAX_SAFE_INTEGER, from = 0, behind } = place ?? {};
    const { hits: all, upTo = from } = await newest(query, userId, top, RANKED, from);
    const ranked = all.toSorted((one, other) => compare(rankOf(one), rankOf(other)));
    const rest = behind ? ranked.filter((hit) => compare(behind, rankOf(hit)) < 0) : ranked;
    const hits = rest.slice(0, limit);
    if (rest.length > limit) {
      const next = { upTo: Math.min(top, all[0]!.message.position + 1), from: upTo, behind: rankOf(hits.at(-1)!) };
      return { hits, next };
    }
    return { hits, next: upTo === 0 ? undefined : { upTo } };
  };

  /** What the account may read now. A page may have fewer hits than wanted although others follow. @throws Unavailable */
  return (query: SearchQuery, userId: string, wanted: Wanted): Promise<SearchPage> =>
    wanted.order === 'time' ? pageInTime(query, userId, wanted) : pageOfBest(query, userId, wanted);
};
