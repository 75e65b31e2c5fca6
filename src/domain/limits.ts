// How long texts may be. Decisions ask here, so every way in meets the limits; the schemas of what comes in ask as well,
// to name every field at fault at once.

import { Refused } from './refused.ts';

/** Characters of each text at most. */
export const LIMITS = {
  text: 8000,
  /** What a desk says by itself: it repeats what it was asked. */
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
} as const;

type Texts = { readonly [Field in keyof typeof LIMITS]?: string | null | undefined };

/** Texts that say something where they are given at all. */
const required: ReadonlySet<string> = new Set(['name', 'slug', 'room', 'visitorName', 'visitorEmail', 'username']);

export const isBlank = (text: string): boolean => text.trim() === '';

/** Has `text` at most `max` characters? Unicode code points count, not UTF-16 units: an emoji is one character. */
export const fits = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && [...text].length <= max);

/** @throws Refused `text-too-long` or `text-blank` with the field. Fields without a limit are passed over. */
export const checkTexts = (texts: Texts): void => {
  for (const [field, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || !(field in LIMITS)) continue;
    if (!fits(text, LIMITS[field as keyof typeof LIMITS])) throw new Refused('text-too-long', field);
    if (required.has(field) && isBlank(text)) throw new Refused('text-blank', field);
  }
};
