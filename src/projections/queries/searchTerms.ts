// What the index of words is asked for: whose messages, in which conversations, with which words.

import { searchable } from '../../domain/names.ts';
import type { SearchQuery } from '../../domain/searchQuery.ts';
import type { MarkedReader, SearchTerm } from '../../store/ports.ts';
import type { ConversationDoc } from '../conversations.ts';
import type { Queries } from '../queries.ts';
import type { ReadableViews } from '../readyViews.ts';
import { termFrom, termHas, termIn, termsOfPhrase } from '../words.ts';
import { fullPage, type InTurn, type Page, type Slice } from './documents.ts';

/** Of each kind. Who may read more is searched for in all that there are, but for pins and reactions alone in the newest. */
const CONVERSATIONS = 100;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface SearchSources {
  readonly views: ReadableViews;
  readonly marks: MarkedReader['marks'];
  readonly queries: Queries;
}

interface Terms {
  /** Undefined: the index can only be asked for the conversations in `ids`. */
  readonly anywhere: readonly SearchTerm[] | undefined;
  /** Each one for so many of the conversations as the index can be asked for at once. */
  readonly within: (ids: Iterable<string>) => readonly (readonly SearchTerm[])[];
  /** The conversations that the search names, or the newest that the account may read. */
  readonly ids: readonly string[];
  /** All that the account may read. */
  readonly allIds: (inTurn: InTurn) => Promise<readonly string[]>;
}

/** A conversation, and its place in a list. */
interface Listed {
  readonly id: string;
  readonly place: number;
}

/** Conversations of one page. */
const PAGE = 500;
/** Conversations that a search of the index names: it takes a thousand tokens, and a query has up to 500 of its own. */
const NAMED = 400;

const inParts = (ids: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(ids.length / NAMED) }, (_, i) => ids.slice(i * NAMED, (i + 1) * NAMED));

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

const longest = ({ words }: SearchQuery['phrases'][number]): number =>
  Math.max(...words.map(({ text }) => text.length));

export const createSearchTerms = ({ views, marks: known, queries }: SearchSources) => {
  const userNamed = async (name: string, userId: string): Promise<string | undefined> => {
    if (name.toLowerCase() === 'me') return userId;
    const { items } = await queries.usersNamed(name.replace(/^@/, ''), 1);
    return items.find(({ usernameKey }) => usernameKey === searchable(name.replace(/^@/, '')))?.id;
  };

  const conversationNamed = async (name: string, userId: string): Promise<string | undefined> => {
    const id = UUID.test(name) ? name.toLowerCase() : (await queries.conversationWithSlug(name))?.id;
    return id !== undefined && (await queries.readable(id, userId)) !== undefined ? id : undefined;
  };

  /** What the account may read: what it is in, rooms and public groups, desks. */
  const listsOf = (userId: string): readonly ((page: Page) => Promise<Slice<Listed>>)[] => {
    const numbered = async ({ items, more }: Slice<ConversationDoc>) => ({
      items: items.map(({ id, number: place }) => ({ id, place })),
      more,
    });
    return [
      async (page) => {
        const { items, more } = await queries.membershipsOf(userId, page);
        return { items: items.map(({ conversationId: id, since: place }) => ({ id, place })), more };
      },
      async (page) => numbered(await queries.listed(page)),
      async (page) => numbered(await queries.desksFor(userId, page)),
    ];
  };

  /** The newest conversations that the account may read. `areAll`: there are no others. */
  const conversationsOf = async (userId: string) => {
    const newest = { limit: CONVERSATIONS, descending: true };
    const found = await Promise.all(listsOf(userId).map((find) => fullPage(newest, find, ({ place }) => place)));
    const ids = found.flatMap(({ items }) => items.map(({ id }) => id));
    return { ids, areAll: found.every(({ more }) => !more) };
  };

  const allConversationsOf = async (userId: string, inTurn: InTurn): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (const find of listsOf(userId))
      for (let after: number | undefined = 0; after !== undefined; ) {
        const page: Page = { after, limit: PAGE };
        const { items, more } = await inTurn(() => find(page));
        ids.push(...items.map(({ id }) => id));
        after = more ? items.at(-1)?.place : undefined;
      }
    return ids;
  };

  return {
    /** Undefined: nothing can be found. */
    termsOf: async (query: SearchQuery, userId: string): Promise<Terms | undefined> => {
      const marks = await known();
      const senders = (await Promise.all(query.from.map((name) => userNamed(name, userId)))).filter(isDefined);
      const named = (await Promise.all(query.in.map((name) => conversationNamed(name, userId)))).filter(isDefined);
      if ((query.from.length > 0 && senders.length === 0) || (query.in.length > 0 && named.length === 0))
        return undefined;
      const { ids, areAll } = query.in.length > 0 ? { ids: named, areAll: true } : await conversationsOf(userId);
      const terms = [
        ...query.phrases
          .toSorted((one, other) => longest(other) - longest(one))
          .flatMap((one) => termsOfPhrase(marks, one)),
        ...(senders.length > 0 ? [termFrom(marks, senders)] : []),
        ...query.has.flatMap((what) => (what === 'reaction' ? [] : [termHas(marks, what)])),
      ];
      return {
        // The index does not know pins and reactions: nothing but the conversation narrows a search for these alone.
        anywhere: areAll || terms.length === 0 ? undefined : terms,
        within: (conversations) => inParts([...conversations]).map((part) => [...terms, termIn(marks, part)]),
        ids,
        allIds: (inTurn) => allConversationsOf(userId, inTurn),
      };
    },
    /** Every message of that time or a later one lies behind this position: an imported one was recorded after it was sent. */
    positionBefore: async (time: string): Promise<number> => {
      const wanted = { where: { era: 'here' }, sort: 'minute', before: time.slice(0, 16), descending: true, limit: 1 };
      return Number((await views.find('moments', wanted)).docs[0]?.position ?? 0);
    },
  };
};
