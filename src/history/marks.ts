// Marks of words: keyed hashes that an index of texts has instead of them. Nobody without the keys of this installation finds
// out which word a mark stands for. Marks are short, so that several words share one: whoever finds by marks looks at the text.

import { hash } from 'node:crypto';
import type { KeyStore, Marks } from '../store/ports.ts';
import { readPseudonyms } from './pseudonyms.ts';

/** Words of one age in memory, and the length of the longest of them: `from:` and an id. */
const WORDS = 40_000;
const LONGEST = 41;

/** Remembers words in two ages: a map that is full becomes the older one. An index asks for ten words of each message, and this takes a third of the time of an exact cache. */
const createKept = () => {
  let [young, old] = [new Map<string, string>(), new Map<string, string>()];
  const keep = (word: string, made: string): string => {
    if (young.size >= WORDS) [young, old] = [new Map(), young];
    // A copy: the word is a piece of a text, which would stay in memory with it.
    if (word.length <= LONGEST) young.set(Buffer.from(word, 'utf16le').toString('utf16le'), made);
    return made;
  };
  return {
    kept: (word: string, make: (word: string) => string): string => {
      const known = young.get(word);
      if (known !== undefined) return known;
      return keep(word, old.get(word) ?? make(word));
    },
    forget: (): void => {
      young = new Map();
      old = new Map();
    },
  };
};

/** No HMAC, which takes four times as long: what it prevents needs a whole hash, and of these only the beginnings lie anywhere. */
const marksBy = (secret: string): Marks & { readonly forget: () => void } => ({
  hash: (text, length) => hash('sha256', secret + text).slice(0, length),
  ...createKept(),
});

/** The key is made of the one that pseudonyms have, and lies nowhere. */
export const createMarks = (keys: Pick<KeyStore, 'get'>) => {
  let made: ReturnType<typeof marksBy> | undefined;
  return {
    /** @throws Unavailable; Error there are no keys */
    marks: async (): Promise<Marks> => {
      const pseudonym = made ? undefined : await readPseudonyms(keys);
      if (pseudonym) made ??= marksBy(pseudonym('search'));
      return made ?? noKeys;
    },
    /** No word stays in memory. */
    forget: (): void => made?.forget(),
  };
};

/** Without keys nothing was ever said that anybody can read. */
const noKeys: Marks = {
  hash: () => {
    throw new Error('there are no keys to search with');
  },
  kept: (word, make) => make(word),
};
