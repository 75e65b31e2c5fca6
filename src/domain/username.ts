// Which usernames an account may have.

import { canonical, isConfusable, readsAs } from './names.ts';
import { Refused } from './refused.ts';

/**
 * `email`: of the same account. Phone numbers of its own are no username either: nobody has proved them, and others may have
 * the same one.
 * @throws Refused `username-confusable`; `username-misleading` for what reads like a number, or like another address
 */
export const checkUsername = (username: string | null, email: string | null): void => {
  if (username === null) return;
  if (isConfusable(username)) throw new Refused('username-confusable', 'username');
  const kind = readsAs(username);
  if (kind === undefined) return;
  const isOwn = kind === 'email' && email !== null && canonical('email', email) === canonical('email', username);
  if (!isOwn) throw new Refused('username-misleading', 'username');
};
