// Unique names, compared as people read them.

import unhomoglyph from 'unhomoglyph';
import { canonicalPhone } from './phones.ts';
import { withoutInvisible } from './texts.ts';

export type ClaimKind = 'email' | 'username' | 'phone' | 'external' | 'slug' | 'group';

/** Case folding: `toLowerCase` alone leaves `straße` and `STRASSE` apart, and a sigma at the end of a word. */
const caseless = (text: string): string => Array.from(text.toUpperCase(), (letter) => letter.toLowerCase()).join('');

/** Arabic letters that Persian keyboards have in another form. */
const arabicLetters = (text: string): string => text.replace(/[يى]/g, 'ی').replaceAll('ك', 'ک');

/** The form in which names are searched and sorted: letter case, Unicode form and invisible characters do not matter. */
export const searchable = (name: string): string =>
  arabicLetters(caseless(withoutInvisible(name).trim().normalize('NFKC')).normalize('NFKC'));

/** The same for all names that look alike: the skeleton of Unicode's technical standard 39. */
const skeleton = (name: string): string =>
  caseless(unhomoglyph(searchable(name).normalize('NFD')).normalize('NFD')).normalize('NFC');

/** The form in which two spellings of one name are equal. */
export const canonical = (kind: ClaimKind, name: string): string => {
  switch (kind) {
    case 'phone':
      return canonicalPhone(name);
    case 'external':
      return name;
    case 'email':
      return searchable(name);
    case 'username':
    case 'slug':
    case 'group':
      return skeleton(name);
  }
};

const EMAIL = /^[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+$/u;
/** Seven digits: numbers of people have as many, and some usernames are a few digits. */
const PHONE = /^\+?(?:[\s()./-]*\p{Nd}){7,}[\s()./-]*$/u;

/** What a username reads like, if that is the name of another kind. */
export const readsAs = (username: string): 'email' | 'phone' | undefined => {
  const name = withoutInvisible(username).trim();
  return EMAIL.test(name) ? 'email' : PHONE.test(name) ? 'phone' : undefined;
};

/** Does the name mix Latin letters with Cyrillic or Greek ones? Such a name is made to look like another. */
export const isConfusable = (name: string): boolean =>
  /\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name);
