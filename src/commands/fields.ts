// The schemas of the inputs of commands. Their lengths stand in the domain.

import { z } from 'zod';
import { fits, LIMITS } from '../domain/limits.ts';
import { isBlank, isOneLine } from '../domain/texts.ts';
import { isWebAddress } from '../domain/webAddress.ts';

const isPlain = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Text of at most `max` characters, well-formed and without NUL. */
export const text = (max: number) =>
  z
    .string()
    .refine((value) => fits(value, max), `Longer than ${max} characters.`)
    .refine(isPlain, 'Not well-formed text.')
    .meta({ maxLength: max });

/** What lists and title bars show. */
const oneLine = <Text extends z.ZodType<string>>(field: Text): Text =>
  field.refine(isOneLine, 'Not one line, or has control characters.');

export const requiredText = (max: number) =>
  text(max)
    .refine((value) => !isBlank(value), 'Empty.')
    .meta({ minLength: 1, maxLength: max });

export const NO_ADDRESS = 'Not an http or https address.';

/** A link or a picture. */
export const webAddress = (max: number) => text(max).refine(isWebAddress, NO_ADDRESS).meta({ maxLength: max });

export const id = z.guid().toLowerCase();

export const email = z.email().max(LIMITS.email).refine(isPlain, 'Not well-formed text.');

/** No control or invisible characters, and no spaces at its ends. */
export const username = requiredText(LIMITS.username).regex(
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]+(?<!\s)$/u,
  'Has invisible characters or spaces around.',
);

export const phone = z
  .string()
  .max(32)
  .regex(/^\+?[\p{Nd}\s().-]{3,31}$/u, 'Not a phone number.');

export const contactPhone = text(LIMITS.phone).describe(
  'Shown as the phone where none is given as `phone`: others may have the same, and nobody signs in with it.',
);

export const password = z.string().min(1).max(1024).refine(isPlain, 'Not well-formed text.');

export const currentPassword = password
  .optional()
  .describe('Your present password. Not needed in a session that you signed in to less than 5 minutes ago.');

export const slug = oneLine(requiredText(LIMITS.slug));

export const profile = {
  firstName: oneLine(text(LIMITS.firstName)),
  lastName: oneLine(text(LIMITS.lastName)),
  address: text(LIMITS.address).nullable(),
  nationalCode: text(LIMITS.nationalCode).nullable(),
  avatar: webAddress(LIMITS.avatar).nullable(),
};

export const description = {
  name: oneLine(requiredText(LIMITS.name)),
  description: text(LIMITS.description),
  picture: webAddress(LIMITS.picture).nullable(),
};
