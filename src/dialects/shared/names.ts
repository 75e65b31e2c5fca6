// Names of people: which are taken, and how APIs show them.

import { ownerOf } from '../../commands/claims.ts';
import type { Core } from '../../commands/core.ts';
import type { User } from '../../domain/user.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { UserDoc } from '../../projections/users.ts';

type Kind = 'email' | 'username' | 'phone';

/** `ownId`: an account may keep its own names. */
export const isTaken = async (core: Core, kind: Kind, name: string, ownId?: string): Promise<boolean> => {
  const owner = await ownerOf(core, kind, name);
  return owner !== undefined && owner !== ownId;
};

/** A check of a form: `text` where the name belongs to another account. */
export const unlessTaken =
  (core: Core, kind: Kind, text: string, ownId?: string) =>
  async (name: string): Promise<readonly string[]> =>
    (await isTaken(core, kind, name, ownId)) ? [text] : [];

/** The e-mail address with the part behind the `@` in lower case. */
export const withLowerDomain = (address: string): string => {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
};

/** Shown to its owner alone: the username, or the e-mail address of an account that has only that to sign in with. */
export const usernameOf = ({ names }: User): string => names.username ?? names.email ?? '';

/** A desk has no name of its own. */
export const conversationName = ({ name, room }: Pick<ConversationDoc, 'name' | 'room'>): string =>
  room === null ? name : `Desk ${room}`;

export type Named = Pick<UserDoc, 'displayName' | 'firstName' | 'lastName' | 'username'>;

/** As the account chose to be called, or else first and last name; without these, the username. Never a part of the e-mail address. */
export const fullName = ({ displayName, firstName, lastName, username }: Named): string =>
  displayName || `${firstName} ${lastName}`.trim() || (username ?? '');
