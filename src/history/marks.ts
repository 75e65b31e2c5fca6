// Marks of words: keyed hashes that an index of texts has instead of them. Nobody without the keys of this installation finds
// out which word a mark stands for. Marks are short, so that several words share one: whoever finds by marks looks at the text.

import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyStore, Marks } from '../store/ports.ts';
import { readPseudonyms } from './pseudonyms.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Words whose marks are in memory, and the length of the longest of them. */
const WORDS = 50_000;
const LONGEST = 40;

const marksBy = (secret: string): Marks & { readonly forget: () => void } => {
  const key = createSecretKey(secret, 'hex');
  const kept = new LRUCache<string, string>({ maxSize: WORDS, sizeCalculation: () => 1 });
  return {
    hash: (text, length) => {
      const bytes = createHmac('sha256', key).update(text).digest().subarray(0, length);
      return Array.from(bytes, (byte) => LETTERS[byte & 31]).join('');
    },
    kept: (word, make) => {
      const known = kept.get(word);
      if (known !== undefined) return known;
      const made = make(word);
      if (word.length <= LONGEST) kept.set(word, made);
      return made;
    },
    forget: () => kept.clear(),
  };
};

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
