// What the index of words is asked for: whose messages, in which conversations, with which words.

import { searchable } from '../../domain/names.ts';
import type { SearchQuery } from '../../domain/searchQuery.ts';
import type { MarkedReader, SearchTerm } from '../../store/ports.ts';
import type { Queries } from '../queries.ts';
import type { ReadableViews } from '../readyViews.ts';
import { termFrom, termHas, termIn, termsOfPhrase } from '../words.ts';
import { fullPage } from './documents.ts';

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
  readonly within: (ids: Iterable<string>) => readonly SearchTerm[];
  /** The conversations that the search names, or the newest that the account may read. */
  readonly ids: readonly string[];
}

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
        within: (conversations) => [...terms, termIn(marks, [...conversations])],
        ids,
      };
    },
    /** Every message of that time or a later one lies behind this position: an imported one was recorded after it was sent. */
    positionBefore: async (time: string): Promise<number> => {
      const wanted = { where: { era: 'here' }, sort: 'minute', before: time.slice(0, 16), descending: true, limit: 1 };
      return Number((await views.find('moments', wanted)).docs[0]?.position ?? 0);
    },
  };
};
