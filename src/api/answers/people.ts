// Users, as others see them and as they see themselves.

import { z } from 'zod';
import { roles } from '../../domain/events.ts';
import { at, flag, id, number, text } from '../answerFields.ts';

const avatar = text(
  'Address of a picture: of a stored file the one of `getUserPicture`, with `file`. Null: there is none.',
  'https://example.org/ann.png',
).nullable();
const name = {
  username: text('A name that nobody else has; null: there is none.', 'ann').nullable(),
  firstName: text('Empty if there is none.', 'Ann'),
  lastName: text('Empty if there is none.', 'Lee'),
  displayName: text('What to show: as they chose, or else first and last name, or else the username.', 'Ann Lee'),
};
const timeZone = text('As the IANA names it; null: unknown.', 'Europe/London').nullable();

/** A user, as other users see them. */
export const Profile = z
  .strictObject({
    id: id('Of the account.'),
    number,
    ...name,
    timeZone,
    avatar,
    deleted: flag('The account was deleted.'),
  })
  .describe('A user, as others see them.');

/** The account of the reader. */
export const Account = z
  .strictObject({
    id: id('Of the account.'),
    number,
    email: text('Nobody else sees it; null: there is none.', 'ann@example.org').nullable(),
    emailVerified: flag('You have proved that the address is yours.'),
    acceptsDesks: flag('You see the desks that others open under your verified e-mail address.'),
    showsReceipts: flag('Others are shown how far you have read, and you how far they have.'),
    ...name,
    timeZone,
    phone: text('Nobody else sees it; null: there is none.', '+442079460000').nullable(),
    address: text('Nobody else sees it; null: there is none.', '1 Long Lane').nullable(),
    nationalCode: text('Nobody else sees it; null: there is none.', '0012345678').nullable(),
    avatar,
    roles: z.array(z.enum(roles)).describe('What you may do beside chatting.'),
    createdAt: at('When the account was registered.'),
    lastLoginAt: at('When somebody last signed in; null: nobody has yet.').nullable(),
  })
  .describe('Your own account.');
