// How long texts may be, and which may be links or pictures. Decisions check this for every way in. The schemas of wishes
// check it too, so that an error names all wrong fields at once.

import { Refused } from './refused.ts';
import { isBlank, isOneLine } from './texts.ts';
import { isWebAddress } from './webAddress.ts';

/** The maximum length of each text, in characters. */
export const LIMITS = {
  text: 8000,
  /** Of a desk's automatic answer, which repeats the enquiry. */
  answer: 24_000,
  name: 200,
  description: 2000,
  picture: 2000,
  link: 500,
  slug: 100,
  room: 200,
  visitorName: 200,
  visitorEmail: 320,
  email: 254,
  username: 150,
  phone: 255,
  externalId: 500,
  firstName: 200,
  lastName: 200,
  displayName: 200,
  timeZone: 60,
  address: 500,
  nationalCode: 20,
  avatar: 2000,
  device: 100,
  tokenName: 100,
  /** Of each alert word. */
  words: 50,
} as const;

/** Times that one message may be edited: whoever erases it destroys the key of each text. */
export const MAX_EDITS = 1000;

type Texts = { readonly [Field in keyof typeof LIMITS]?: string | null | undefined };

/** Texts that must not be blank if they are given. */
const required: ReadonlySet<string> = new Set([
  'name',
  'slug',
  'room',
  'visitorName',
  'visitorEmail',
  'username',
  'words',
]);
/** Texts that may be missing, but not blank. */
const optional: ReadonlySet<string> = new Set(['firstName', 'lastName', 'displayName']);
/** Names that lists and title bars show. */
const names: ReadonlySet<string> = required.difference(new Set(['visitorEmail'])).union(optional);
/** Texts that clients show as links or pictures. */
const addresses: ReadonlySet<string> = new Set(['avatar', 'picture', 'link']);

/** Has `text` at most `max` characters? Counts Unicode code points, not UTF-16 units: an emoji is one character. */
export const fits = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && [...text].length <= max);

/** Ignores fields without a limit. @throws Refused `text-too-long`, `text-blank`, `text-not-one-line` or `not-a-web-address` with the field */
export const checkTexts = (texts: Texts): void => {
  for (const [field, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || !(field in LIMITS)) continue;
    if (!fits(text, LIMITS[field as keyof typeof LIMITS])) throw new Refused('text-too-long', field);
    const isNeeded = required.has(field) || (optional.has(field) && text !== '');
    if (isNeeded && isBlank(text)) throw new Refused('text-blank', field);
    if (names.has(field) && !isOneLine(text)) throw new Refused('text-not-one-line', field);
    if (addresses.has(field) && !isWebAddress(text)) throw new Refused('not-a-web-address', field);
  }
};
