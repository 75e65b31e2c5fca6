// The schemas of the inputs of commands. Their lengths stand in the domain.

import { z } from 'zod';
import { EMAIL, isEmail } from '../domain/email.ts';
import { MAX_EMOJI } from '../domain/emoji.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { isPhone } from '../domain/phones.ts';
import { recordedPicture } from '../domain/picture.ts';
import { INVISIBLE, isBlank, isOneLine } from '../domain/texts.ts';
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
export const oneLine = <Text extends z.ZodType<string>>(field: Text): Text =>
  field.refine(isOneLine, 'Not one line, or has control characters.');

export const requiredText = (max: number) =>
  text(max)
    .refine((value) => !isBlank(value), 'Empty.')
    .meta({ minLength: 1, maxLength: max });

export const NO_ADDRESS = 'Not an http or https address.';

/** A link or a picture. */
export const webAddress = (max: number) => text(max).refine(isWebAddress, NO_ADDRESS).meta({ maxLength: max });

/** Null: none. */
export const picture = (max: number, what: string) =>
  webAddress(max)
    .transform(recordedPicture)
    .nullable()
    .describe(`Address of a picture${what}. \`/v1/files/{fileId}\`: a file that you stored, which others then see.`);

export const id = z.guid().toLowerCase();

/** By what has the id. */
export const ids = {
  conversation: id.describe('Id of the conversation.'),
  user: id.describe('Id of the user.'),
  message: id.describe('Id of the message.'),
  file: id.describe('Id of the file.'),
  erasure: id.describe('Id of what is erased: an account, a desk, a message or a file.'),
  session: id.describe('Id of the session.'),
  token: id.describe('Id of the token.'),
  invitation: id.describe('Id of the invitation.'),
};

export const emoji = z
  .string()
  .min(1)
  .max(MAX_EMOJI)
  .describe('One emoji of Unicode, with or without the selectors for pictures (U+FE0F).')
  .meta({ examples: ['👍'] });

export const email = z
  .email({ pattern: EMAIL, abort: true })
  .max(LIMITS.email)
  .refine(isEmail, 'Not an e-mail address.')
  .describe('An e-mail address that no other account has.');

/** No control or invisible characters, and no spaces at its ends. */
export const username = requiredText(LIMITS.username)
  .regex(
    new RegExp(`^(?!\\s)[^\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}${INVISIBLE}]+(?<!\\s)$`, 'u'),
    'Has invisible characters or spaces around.',
  )
  .meta({
    pattern: '^\\S([^\\n\\r]*\\S)?$',
    description: 'A name that no other account has, nor one that looks alike. No invisible characters.',
  });

/** Longer than any number, for the signs that people put between the digits. */
export const PHONE_LENGTH = 40;

export const phone = text(PHONE_LENGTH).refine(isPhone, 'Not a phone number.').meta({
  pattern: '^[+]?[0-9 ().-]{3,39}$',
  description: 'A phone number that no other account has, however it is typed.',
});

export const contactPhone = text(LIMITS.phone).describe(
  'Shown as the phone where none is given as `phone`: others may have the same, and nobody signs in with it.',
);

/** Longer than any password that people type. */
export const PASSWORD_LENGTH = 1024;

export const anyPassword = z.string().min(1).max(PASSWORD_LENGTH).refine(isPlain, 'Not well-formed text.');

export const password = anyPassword.describe('A new password: 8 characters at least, and none that is guessed first.');

export const currentPassword = anyPassword
  .optional()
  .describe('Your present password. Not needed in a session that you signed in to less than 5 minutes ago.');

export const slug = oneLine(requiredText(LIMITS.slug)).describe('A unique name in addresses.');

export const description = {
  name: oneLine(requiredText(LIMITS.name)).describe('What it is called.'),
  description: text(LIMITS.description).describe('What it is about.'),
  picture: picture(LIMITS.picture, ''),
};

/** What a member may be made by owners. To be an owner is something else. */
export const role = z
  .enum(['moderator', 'member', 'reader'])
  .describe('What the member may do. reader: nothing but read.');

export const roomDescription = {
  capacity: z.int().nullable().describe('Of a room. Only shown, not enforced.'),
  link: webAddress(LIMITS.link).nullable().describe('Of a room: an address to show.'),
};
