// The limits of every input, once.

import { z } from 'zod';

const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Unicode code points, not UTF-16 units: an emoji is one character. */
const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};

/** Text of at most `max` characters, well-formed and without NUL. */
export const text = (max: number) =>
  z
    .string()
    .refine(
      (value) => value.length <= max || (value.length <= 2 * max && lengthOf(value) <= max),
      `Longer than ${max} characters.`,
    )
    .refine(isPlain, 'Not well-formed text.')
    .meta({ maxLength: max });

export const requiredText = (max: number) =>
  text(max)
    .refine((value) => value.trim() !== '', 'Empty.')
    .meta({ minLength: 1, maxLength: max });

export const id = z.guid().toLowerCase();

export const email = z.email().max(254).refine(isPlain, 'Not well-formed text.');

/** No control or invisible characters; spaces inside, but not around. */
export const username = requiredText(150).regex(
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+(?<!\s)$/u,
  'Has invisible characters or spaces around.',
);

export const phone = z
  .string()
  .max(32)
  .regex(/^\+?[\p{Nd}\s().-]{3,31}$/u, 'Not a phone number.');

export const contactPhone = text(255).describe(
  'Shown as the phone where none is given as `phone`: others may have the same, and nobody signs in with it.',
);

export const password = z.string().min(1).max(1024).refine(isPlain, 'Not well-formed text.');

export const profile = {
  firstName: text(200),
  lastName: text(200),
  address: text(500).nullable(),
  nationalCode: text(20).nullable(),
  avatar: text(2000).nullable(),
};

export const description = {
  name: requiredText(200),
  description: text(2000),
  picture: text(2000).nullable(),
};

export const MESSAGE_LENGTH = 8000;
