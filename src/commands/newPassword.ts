// The one way to a new password: no account gets one that breaks the rule.

import { checkNewPassword, isShort } from '../domain/password.ts';
import type { Core } from './core.ts';

/**
 * A function that hashes the new password of an account, if the rule allows the password. Separate, because hashing is
 * costly, and a command may be refused for other reasons. `address`: of the client, since addresses take turns.
 * @throws Refused `password-too-short`, `password-too-common`; Busy
 */
export const newPassword = async (
  { passwords }: Core,
  password: string,
  address: string | null,
): Promise<() => Promise<string>> => {
  checkNewPassword(password, !isShort(password) && (await passwords.isCommon(password, address)));
  return () => passwords.hash(password, address);
};
