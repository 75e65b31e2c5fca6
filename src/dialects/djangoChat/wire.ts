// The shapes of Django-Chat-Server: what its requests hold, and how accounts, messages and groups look on its wire.

import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';
import { type Body, rawField } from '../django/body.ts';
import { char, email, line, list, primaryKey, primaryKeyOrNull, unlessShown } from '../django/fields.ts';
import { timestamp } from '../django/timestamps.ts';
import { asPerson, type Detailed } from '../shared/find.ts';

/** In the order of their errors. */
export const account = {
  username: char({ max: 150 }),
  email: email({ max: 254 }),
  first_name: line({ max: 30 }),
  last_name: line({ max: 30 }),
  password: char({ max: 128 }),
};

/** The fields of a change. */
export const accountOf = ({ names, profile }: User) => ({
  username: unlessShown(account.username, names.username ?? ''),
  email: unlessShown(account.email, names.email ?? ''),
  first_name: unlessShown(account.first_name, profile.firstName),
  last_name: unlessShown(account.last_name, profile.lastName),
  password: account.password,
});

/** At a path that several APIs share, a registration with one of these fields belongs to this API. */
export const isRegistration = (body: Body): boolean =>
  ['username', 'first_name', 'last_name'].some((name) => rawField(body, name) !== undefined);

export const credentials = { email: char(), password: char() };
export const refreshing = { refresh: char() };

/** A message keeps its text exactly, with the spaces around it. */
export const outgoing = {
  receiver_user: primaryKeyOrNull(),
  receiver_group: primaryKeyOrNull(),
  message: char({ allowBlank: true, trim: false }).nullable().default(''),
};

export const newGroup = { name: line({ trim: false }), members: list(primaryKey(), 400).nullable().default([]) };

/** Others see an account without its e-mail address. */
export const withoutEmail = <T extends Person>(person: T): T => ({ ...person, email: null });

type Person = Pick<UserDoc, 'number' | 'username' | 'email' | 'firstName' | 'lastName' | 'createdAt'>;

/** An account that the views may not have yet. */
export const personOf = (user: User, createdAt: string): Person => ({ ...asPerson(user), createdAt });

export const presentUser = (person: Person) => ({
  id: person.number,
  username: person.username ?? '',
  email: person.email ?? '',
  first_name: person.firstName,
  last_name: person.lastName,
  date_joined: timestamp(person.createdAt),
});

export const presentTokens = ({ accessToken, refreshToken }: Record<'accessToken' | 'refreshToken', string>) => ({
  refresh: refreshToken,
  access: accessToken,
});

/** `group`: null for a message to a person. `file`: the path of its file. */
export const presentMessage = (
  { message, sender, receiver }: Detailed,
  group: ConversationDoc | null,
  file: string | null,
) => ({
  id: message.number,
  sender: sender?.number ?? null,
  receiver_user: receiver?.number ?? null,
  receiver_group: group?.number ?? null,
  message: message.text,
  file,
  timestamp: timestamp(message.at),
});

export const presentGroup = (group: ConversationDoc, members: readonly Pick<UserDoc, 'username'>[]) => ({
  id: group.number,
  name: group.name,
  // The original shows e-mail addresses.
  members: members.map(({ username }) => username ?? ''),
});
