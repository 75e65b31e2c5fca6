// Unique names, compared as people read them.

import unhomoglyph from 'unhomoglyph';
import { canonicalEmail } from './email.ts';
import { canonicalPhone, withAsciiDigits } from './phones.ts';
import { withoutInvisible } from './texts.ts';

export type ClaimKind = 'email' | 'username' | 'phone' | 'external' | 'slug' | 'group';

/**
 * Case folding: lower-casing alone leaves `straße` and `STRASSE` apart, a sigma at the end of a word, and a Turkish `İ`, which
 * is an `i` with a second dot on the first.
 */
const caseless = (text: string): string =>
  text
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .normalize('NFD')
    .replace(
      /(\p{Soft_Dotted})(\p{M}+)/gu,
      (_, letter: string, marks: string) => letter + marks.replaceAll('\u0307', ''),
    );

/** Arabic letters that Persian keyboards have in another form, also below a hamza. */
const arabicLetters = (text: string): string => text.replace(/[يى]/g, 'ی').replaceAll('ك', 'ک');

/** In the letter case that people see. */
const plain = (name: string): string =>
  arabicLetters(withoutInvisible(name.normalize('NFKD')))
    .normalize('NFKC')
    .replace(/\s+/g, ' ')
    .trim();

/** The form in which names are searched and sorted: letter case, Unicode form and invisible characters do not matter. */
export const searchable = (name: string): string => caseless(plain(name)).normalize('NFKC');

/** Each letter becomes the simplest one that looks like it (Unicode's technical standard 39). */
const simplified = (text: string): string => unhomoglyph(text.normalize('NFD'));

const simplifiedOnce = (name: string): string =>
  caseless(simplified(searchable(name)).normalize('NFD')).normalize('NFC');

/** The same for all names that look alike in small letters. Twice, since a letter may look like a capital one. */
const skeleton = (name: string): string => simplifiedOnce(simplifiedOnce(name));

/** The same for names that look alike as they are: a capital `I` is a small `l`, and `ВОВ` in Cyrillic letters is `BOB`. */
const shownSkeleton = (name: string): string => skeleton(simplified(plain(name)));

/** The form in which two spellings of one name are equal. */
export const canonical = (kind: ClaimKind, name: string): string => {
  switch (kind) {
    case 'phone':
      return canonicalPhone(name);
    case 'external':
      return name;
    case 'email':
      return canonicalEmail(name, searchable);
    case 'username':
    case 'slug':
    case 'group':
      return skeleton(name);
  }
};

/** The canonical names that nobody else may have beside this one: itself, and what it looks like in its own letter case. */
export const claimedBy = (kind: ClaimKind, name: string): readonly string[] => {
  const own = canonical(kind, name);
  const isSeen = kind === 'username' || kind === 'slug' || kind === 'group';
  return isSeen ? [...new Set([own, shownSkeleton(name)])] : [own];
};

const HOST_LIKE = /^(?:[^.\u3002]+[.\u3002].+|localhost|\[.+\])$/su;
/** Numbers of people have as many, and some usernames are a few digits. */
const PHONE_DIGITS = 7;
/** A letter that does not look like a digit: `o` and `l` are the skeletons of 0 and 1. */
const LETTER = /[^\P{L}ol]/u;

/** What a username reads like, if that is the name of another kind. */
export const readsAs = (username: string): 'email' | 'phone' | undefined => {
  const name = withAsciiDigits(plain(username)).replace(/^tel:/i, '');
  const at = name.lastIndexOf('@');
  if (at > 0 && HOST_LIKE.test(name.slice(at + 1))) return 'email';
  const digits = name.replace(/\D/g, '').length;
  return digits >= PHONE_DIGITS && !LETTER.test(shownSkeleton(name)) ? 'phone' : undefined;
};

/** Does the name mix Latin letters with Cyrillic or Greek ones? Such a name is made to look like another. */
export const isConfusable = (name: string): boolean =>
  /\p{Script=Latin}/u.test(name) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name);
