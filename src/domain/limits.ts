// How long texts may be. Decisions check the limits for every way in. The schemas of wishes check them too, so that an
// error names all wrong fields at once.

import { Refused } from './refused.ts';

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
  address: 500,
  nationalCode: 20,
  avatar: 2000,
  device: 100,
  tokenName: 100,
} as const;

type Texts = { readonly [Field in keyof typeof LIMITS]?: string | null | undefined };

/** Texts that must not be blank if they are given. */
const required: ReadonlySet<string> = new Set(['name', 'slug', 'room', 'visitorName', 'visitorEmail', 'username']);

export const isBlank = (text: string): boolean => text.trim() === '';

/** Has `text` at most `max` characters? Counts Unicode code points, not UTF-16 units: an emoji is one character. */
export const fits = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && [...text].length <= max);

/** Ignores fields without a limit. @throws Refused `text-too-long` or `text-blank` with the field */
export const checkTexts = (texts: Texts): void => {
  for (const [field, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || !(field in LIMITS)) continue;
    if (!fits(text, LIMITS[field as keyof typeof LIMITS])) throw new Refused('text-too-long', field);
    if (required.has(field) && isBlank(text)) throw new Refused('text-blank', field);
  }
};
