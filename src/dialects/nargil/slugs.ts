// Words for paths, made of names in Persian letters.

import { digest } from '../../domain/ids.ts';

/** One Latin text for each letter, as the original writes them; any other letter beyond ASCII vanishes. */
const PERSIAN = [...'ابپتثجچحخدذرزسشصضطظعغفقکگلمنوهیئ'];
const LATIN = 'a b p t s j ch h kh d z r z s sh s z t z a gh f gh k g l m n v h y y'.split(' ');

export const MAX_SLUG = 100;

/** What a path of a group takes. */
export const isSlug = (text: string): boolean => /^[-\w]{1,100}$/.test(text);

const toSlug = (text: string): string =>
  [...text]
    .map((letter) => LATIN[PERSIAN.indexOf(letter)] ?? letter)
    .join('')
    .replace(/[^-\w]/g, '')
    .slice(0, MAX_SLUG);

/** The slug of a new group: the one sent, else one made of the name; always one that a path can hold. */
export const slugFor = (name: string, sent: string): string =>
  toSlug(sent) || toSlug(name) || `group_${digest(name).toString('hex').slice(0, 12)}`;
