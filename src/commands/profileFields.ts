// What a person may say of themselves.

import { LIMITS } from '../domain/limits.ts';
import { isBlank } from '../domain/texts.ts';
import { oneLine, picture, text } from './fields.ts';

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
