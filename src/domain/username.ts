// Which usernames an account may have.

import { canonical, isConfusable, readsAs } from './names.ts';
import { Refused } from './refused.ts';

/** The account's other names. */
interface Own {
  readonly email: string | null;
  readonly phone: string | null;
}

/**
 * @throws Refused `username-confusable`; `username-misleading` for what reads like an address or a number that is not the
 * account's own
 */
export const checkUsername = (username: string | null, own: Own): void => {
  if (username === null) return;
  if (isConfusable(username)) throw new Refused('username-confusable', 'username');
  const kind = readsAs(username);
  if (kind === undefined) return;
  const name = own[kind];
  if (name === null || canonical(kind, name) !== canonical(kind, username))
    throw new Refused('username-misleading', 'username');
};
