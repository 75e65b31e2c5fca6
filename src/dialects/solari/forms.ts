// What the requests of Solari hold.

import { PHONE_LENGTH } from '../../commands/fields.ts';
import { type Body, rawField } from '../django/body.ts';
import { char, email, line } from '../django/fields.ts';
import { passwordErrors } from '../django/passwordRules.ts';
import type { ApiRequest } from '../django/request.ts';
import type { Checks } from '../django/serializer.ts';
import { unlessTaken } from '../shared/names.ts';

export const registration = {
  full_name: line({ max: 200 }),
  email: email({ max: 150 }),
  // The original takes 11 characters: too few for a number of another country.
  phone_number: char({ max: PHONE_LENGTH }),
  password: char({ max: 128 }),
};

export const PHONE_TAKEN = 'user with this Phone Number already exists.';

/** Checks of a registration beyond its fields. */
export const registrationChecks = (request: ApiRequest): Checks<typeof registration> => ({
  phone_number: unlessTaken(request.services.core, 'phone', PHONE_TAKEN),
  password: (password) => passwordErrors(request, password),
});

/** At a path that several APIs share, a registration with this field is Solari's. */
export const isRegistration = (body: Body): boolean => rawField(body, 'full_name') !== undefined;

/** A message keeps its text exactly, with the spaces around it. */
export const outgoing = { content: char({ allowBlank: true, trim: false }).nullable().default('') };

/** Joined by a space, the two are exactly the full name again. */
export const splitName = (name: string): { firstName: string; lastName: string } => {
  const [firstName = '', ...rest] = name.split(' ');
  return { firstName, lastName: rest.join(' ') };
};
