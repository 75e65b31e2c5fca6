// The schemas of the inputs of commands. Their lengths stand in the domain.

import { z } from 'zod';
import { EMAIL, isEmail } from '../domain/email.ts';
import { MAX_EMOJI } from '../domain/emoji.ts';
import { type Policy, policy } from '../domain/events.ts';
import { fits, LIMITS } from '../domain/limits.ts';
import { isPhone } from '../domain/phones.ts';
import { recordedPicture } from '../domain/picture.ts';
import { firstPolicy } from '../domain/policy.ts';
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
const picture = (max: number, what: string) =>
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

/** A part of a person's name, which may be missing but not invisible. */
const personName = (max: number) => oneLine(text(max)).refine((value) => value === '' || !isBlank(value), 'Empty.');

export const profile = {
  firstName: personName(LIMITS.firstName).describe('Shown to everybody.'),
  lastName: personName(LIMITS.lastName).describe('Shown to everybody.'),
  address: text(LIMITS.address).nullable().describe('A postal address. Nobody else sees it.'),
  nationalCode: text(LIMITS.nationalCode).nullable().describe('Nobody else sees it.'),
  avatar: picture(LIMITS.avatar, ', shown to everybody'),
};

const isTimeZone = (name: string): boolean => {
  // An offset such as +02:00 is none: it says nothing of the summer.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

export const displayName = personName(LIMITS.displayName)
  .transform((name) => name || null)
  .nullable()
  .describe('What to show to everybody. Null: first and last name, or else the username.');
export const timeZone = text(LIMITS.timeZone)
  .refine(isTimeZone, 'Not a time zone.')
  .nullable()
  .describe('The IANA name of a time zone, such as Europe/London, shown to everybody.');

export const description = {
  name: oneLine(requiredText(LIMITS.name)).describe('What it is called.'),
  description: text(LIMITS.description).describe('What it is about.'),
  picture: picture(LIMITS.picture, ''),
};

/** What a member may be made by owners. To be an owner is something else. */
export const role = z
  .enum(['moderator', 'member', 'reader'])
  .describe('What the member may do. reader: nothing but read.');

const YEAR = 365 * 24 * 60 * 60;
const window = z
  .int()
  .nonnegative()
  .max(10 * YEAR)
  .nullable();
const { write, invite, pin, callAll, history, versions, receipts } = policy.shape;

/** By kind of conversation, what it is until somebody sets something else. */
const atFirst = (field: keyof Policy): string => {
  const byValue = Map.groupBy(Object.entries(firstPolicy), ([, kind]) => String(kind[field]));
  if (byValue.size === 1) return `At first: \`${[...byValue.keys()][0]}\`.`;
  const said = [...byValue].map(([value, kinds]) => `\`${value}\` (${kinds.map(([kind]) => kind).join(', ')})`);
  return `At first: ${said.join(', ')}.`;
};

/** What members of a conversation may do. */
export const policyFields = {
  write: write.describe(
    'Who may write, beside moderators: send messages, answer in threads, edit their own. Others still react, and remove what they ' +
      `sent. ${atFirst('write')}`,
  ),
  invite: invite.describe(`Of a group: who may add members, beside owners. ${atFirst('invite')}`),
  pin: pin.describe(`Who may pin messages, beside moderators. ${atFirst('pin')}`),
  callAll: callAll.describe(
    'Who may call everybody with `@everyone` and `@here`, beside moderators. Of anybody else these are plain text, and the ' +
      `message is sent all the same; so they always are in direct chats and desks. ${atFirst('callAll')}`,
  ),
  history: history.describe(
    'Of a private group: which messages members see. `since-joining`: not those that were there when they joined. ' +
      atFirst('history'),
  ),
  versions: versions.describe(`Who may see the earlier texts of a message, beside its sender. ${atFirst('versions')}`),
  editFor: window.describe(`Seconds for which a message may be edited; null: for ever. ${atFirst('editFor')}`),
  removeFor: window.describe(
    `Seconds for which a message may be removed, and brought back; null: for ever. ${atFirst('removeFor')}`,
  ),
  slowMode: z
    .int()
    .nonnegative()
    .max(6 * 60 * 60)
    .describe(`Seconds between two messages of one member, moderators aside; 0: none. ${atFirst('slowMode')}`),
  receipts: receipts.describe(`Of a group: members see how far others have read. ${atFirst('receipts')}`),
};

export const roomDescription = {
  capacity: z.int().nullable().describe('Of a room. Only shown, not enforced.'),
  link: webAddress(LIMITS.link).nullable().describe('Of a room: an address to show.'),
};
