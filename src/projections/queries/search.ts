// Finds messages by what they say: the index of words names candidates, and the text itself decides.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SearchQuery } from '../../domain/searchQuery.ts';
import { folded, type Range, rangesOf, type Word, wordsOf } from '../../domain/words.ts';
import type { Doc } from '../../store/ports.ts';
import type { MessageDoc, SealedMessage } from '../messages.ts';
import { type InTurn, mergePages, type Slice, unattended } from './documents.ts';
import { createSearchTerms, type SearchSources } from './searchTerms.ts';

/** Candidates that are looked at together. */
const TOGETHER = 100;
const BOUNDS = {
  /** Candidates that are opened for one page. Those that the account does not see do not count: nothing may tell of them. */
  opened: 1000,
  /** After so many of the others, a page asks the index for the conversations that the account may read. */
  unseen: 5000,
};
/** Characters of their texts that are looked at in one turn of the event loop: those of a few long ones. */
const LOOKED_AT = 50_000;
/** UTF-16 units from the first thing found in a text, for what is shown of it: a text may have it thousands of times. */
const NEAR = 1000;
/** Newest hits among which the most relevant come first. */
const RANKED = 200;

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

interface Asked {
  readonly query: SearchQuery;
  readonly userId: string;
  readonly inTurn: InTurn;
}

interface Wanted {
  readonly place: SearchPlace | undefined;
  readonly limit: number;
  readonly order: 'time' | 'relevance';
}

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

export const createSearch = (sources: SearchSources, bounds: Partial<typeof BOUNDS> = {}) => {
  const { views, queries } = sources;
  const { opened: mostOpened, unseen: mostUnseen } = { ...BOUNDS, ...bounds };
  const { termsOf, positionBefore } = createSearchTerms(sources);

  /** Of the messages, those that are pinned or have reactions, where the query asks for that. */
  const withAnnotations = async ({ isPinned, has }: SearchQuery, hits: readonly Hit[], userId: string) => {
    if (!isPinned && !has.includes('reaction')) return hits;
    const annotations = await queries.annotationsOn(
      hits.map(({ message }) => message.id),
      userId,
    );
    return hits.filter(({ message }) => {
      const { pinnedAt = null, reactions = [] } = annotations.get(message.id) ?? {};
      return (!isPinned || pinnedAt !== null) && (!has.includes('reaction') || reactions.length > 0);
    });
  };

  /** Tells the candidates that the account sees from the others, for one search. */
  const createSight = (userId: string) => {
    const seesAfter = new Map<string, number>();
    return async (ids: readonly string[]) => {
      const found = await queries.sealedMessages(ids);
      const unknown = new Set(found.map(({ conversationId }) => conversationId)).difference(seesAfter);
      const readable = await queries.readableAmong(userId, [...unknown]);
      for (const id of unknown) seesAfter.set(id, readable.get(id)?.seesAfter ?? Number.POSITIVE_INFINITY);
      const { seen = [], unseen = [] } = Object.groupBy(found, ({ conversationId, seq }) =>
        seq > seesAfter.get(conversationId)! ? 'seen' : 'unseen',
      );
      return { seen, unseen };
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
  const hitsAmong = async (
    query: SearchQuery,
    userId: string,
    sealed: readonly SealedMessage[],
  ): Promise<readonly Hit[]> => {
    const hits: (Hit | undefined)[] = [];
    let [left, fold] = [LOOKED_AT, remembering(folded)];
    for (const message of await queries.openedMessages(sealed)) {
      if (left <= 0) {
        await nextTurn();
        [left, fold] = [LOOKED_AT, remembering(folded)];
      }
      left -= message.text.length;
      hits.push(hitIn(query, message, fold));
    }
    return withAnnotations(query, hits.filter(isDefined), userId);
  };

  /**
   * Newest first: as many hits as wanted, or as a page may look for. `upTo`: where the next page begins; it depends on nothing
   * that the account does not see.
   */
  const newest = async ({ query, userId, inTurn }: Asked, before: number, most: number, from = 0) => {
    const terms = await termsOf(query, userId);
    if (terms === undefined) return { hits: [], upTo: undefined };
    const after = Math.max(from - 1, query.after === null ? 0 : await positionBefore(query.after));
    const lookAt = createSight(userId);
    /** Nothing more is found there: no account sees what lies before a message of the same conversation that it does not see. */
    const over = new Set<string>();
    /** The conversations that the index is asked for. Undefined: it is asked for all. */
    let ids = terms.anywhere ? undefined : new Set(terms.ids);
    const hits: Hit[] = [];
    for (let [upTo, opened, passed] = [before, 0, 0]; ; ) {
      if (passed >= mostUnseen) ids ??= new Set(await terms.allIds(inTurn));
      const left = ids?.difference(over);
      if (left?.size === 0) return { hits, upTo: undefined };
      // Mostly the first few are enough.
      const limit = upTo === before ? Math.min(TOGETHER, 2 * most) : TOGETHER;
      const pages: Slice<Doc>[] = [];
      for (const all of left ? terms.within(left) : [terms.anywhere!]) {
        const { docs, more } = await inTurn(() => views.search('words', { all, after, before: upTo, limit }));
        pages.push({ items: docs, more });
      }
      const { items: docs, more } = mergePages(pages, { descending: true, limit }, ({ position }) => Number(position));
      const { seen, unseen } = await lookAt(docs.map(({ id }) => id));
      const looked = seen.slice(0, mostOpened - opened);
      hits.push(...(await hitsAmong(query, userId, looked)));
      if (hits.length > most) return { hits: hits.slice(0, most), upTo: hits[most - 1]!.message.position };
      opened += looked.length;
      if (opened === mostOpened) return { hits, upTo: looked.at(-1)!.position };
      if (!more) return { hits, upTo: undefined };
      passed += docs.length - seen.length;
      for (const { conversationId } of unseen) over.add(conversationId);
      upTo = Number(docs.at(-1)!.position);
    }
  };

  const pageInTime = async (asked: Asked, { place, limit }: Wanted): Promise<SearchPage> => {
    const { hits, upTo } = await newest(asked, place?.upTo ?? Number.MAX_SAFE_INTEGER, limit);
    return { hits, next: upTo === undefined ? undefined : { upTo } };
  };

  const compare = (one: readonly [number, number], other: readonly [number, number]): number =>
    other[0] - one[0] || other[1] - one[1];
  const rankOf = (hit: Hit): readonly [number, number] => [scoreOf(hit), hit.message.position];

  /**
   * The most relevant of the newest hits; then of those before. Pages of one ranking are of the same positions, whatever is said
   * or removed meanwhile.
   */
  const pageOfBest = async (asked: Asked, { place, limit }: Wanted): Promise<SearchPage> => {
    const { upTo: top = Number.MAX_SAFE_INTEGER, from = 0, behind } = place ?? {};
    const { hits: all, upTo = from } = await newest(asked, top, RANKED, from);
    const ranked = all.toSorted((one, other) => compare(rankOf(one), rankOf(other)));
    const rest = behind ? ranked.filter((hit) => compare(behind, rankOf(hit)) < 0) : ranked;
    const hits = rest.slice(0, limit);
    if (rest.length > limit) {
      const next = { upTo: Math.min(top, all[0]!.message.position + 1), from: upTo, behind: rankOf(hits.at(-1)!) };
      return { hits, next };
    }
    return { hits, next: upTo === 0 ? undefined : { upTo } };
  };

  /**
   * What the account may read now. A page may have fewer hits than wanted although others follow. `inTurn`: wraps each look into
   * the index; the search ends with what it throws. @throws Unavailable
   */
  return (query: SearchQuery, userId: string, wanted: Wanted, inTurn = unattended): Promise<SearchPage> =>
    (wanted.order === 'time' ? pageInTime : pageOfBest)({ query, userId, inTurn }, wanted);
};
