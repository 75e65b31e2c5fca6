// What people type to search: words, "phrases", beginnings*, -words they do not want, and filters such as from:ann.

import { type Phrase, wordsOf } from './words.ts';

export const has = ['file', 'link', 'reaction'] as const;
export type Has = (typeof has)[number];

export interface SearchQuery {
  readonly phrases: readonly Phrase[];
  readonly excluded: readonly Phrase[];
  /** Usernames. */
  readonly from: readonly string[];
  /** Ids or slugs of conversations. */
  readonly in: readonly string[];
  readonly has: readonly Has[];
  readonly isPinned: boolean;
  /** ISO times; `before` is exclusive. */
  readonly before: string | null;
  readonly after: string | null;
}

/** A search has so many words and filters at most. */
const PARTS = 20;
/** Letters that a beginning needs: the index knows words by as many. */
export const PREFIX = 3;

const PART = /(-?)(?:(?<![A-Za-z])([A-Za-z]+):)?(?:"([^"]*)"?|([^\s"]+))(\*?)/gu;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

const filters = ['from', 'in', 'has', 'is', 'before', 'after'] as const;
type Filter = (typeof filters)[number];
const isFilter = (name: string | undefined): name is Filter => (filters as readonly unknown[]).includes(name);

/** Why a search cannot be understood, for whoever typed it. */
export class NotASearch extends Error {
  override readonly name = 'NotASearch';
}

const dateIn = (name: string, value: string): string => {
  const time = DATE.test(value) ? new Date(value) : undefined;
  // A day that its month does not have would be one of the next.
  if (!time?.toJSON()?.startsWith(value)) throw new NotASearch(`${name}: needs a date such as 2026-01-31.`);
  return time.toISOString();
};

const phraseOf = (text: string, isPrefix: boolean): Phrase | undefined => {
  const words = wordsOf(text);
  const last = words.at(-1);
  if (last === undefined) return undefined;
  if (isPrefix && !last.isCharacter && [...last.text].length < PREFIX)
    throw new NotASearch(`${last.text}*: a beginning needs ${PREFIX} letters.`);
  return { words: words.map(({ text, isCharacter }) => ({ text, isCharacter })), isPrefix };
};

/** @throws NotASearch */
export const parseSearch = (typed: string): SearchQuery => {
  const phrases: Phrase[] = [];
  const excluded: Phrase[] = [];
  const values = Object.fromEntries(filters.map((name) => [name, [] as string[]])) as Record<Filter, string[]>;
  const parts = [...typed.matchAll(PART)];
  if (parts.length > PARTS) throw new NotASearch(`At most ${PARTS} words and filters.`);
  for (const [whole, minus, typedName, quoted, plain = '', star] of parts) {
    const value = quoted ?? plain;
    const name = typedName?.toLowerCase();
    if (isFilter(name)) {
      if (minus === '-') throw new NotASearch(`-${name}: no filter has a minus.`);
      values[name].push(name === 'has' || name === 'is' ? value.toLowerCase() : value);
    } else {
      const phrase = phraseOf(whole.slice(minus!.length), star === '*' || value.endsWith('*'));
      if (phrase) (minus === '-' ? excluded : phrases).push(phrase);
    }
  }
  for (const value of values.has)
    if (!(has as readonly string[]).includes(value)) throw new NotASearch(`has: knows ${has.join(', ')}.`);
  for (const value of values.is) if (value !== 'pinned') throw new NotASearch('is: knows pinned.');
  const [before] = values.before.map((value) => dateIn('before', value)).toSorted();
  const after = values.after
    .map((value) => dateIn('after', value))
    .toSorted()
    .at(-1);
  const query: SearchQuery = {
    phrases,
    excluded,
    from: values.from,
    in: values.in,
    has: values.has as Has[],
    isPinned: values.is.length > 0,
    before: before ?? null,
    after: after ?? null,
  };
  if (phrases.length + query.from.length + query.in.length + query.has.length === 0 && !query.isPinned)
    throw new NotASearch('Say a word to find, or from:, in:, has: or is:.');
  return query;
};
