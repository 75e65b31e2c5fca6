// The rule for new passwords, in every API.

import { Refused } from './refused.ts';

/** Characters at least. */
export const LEAST_PASSWORD = 8;

/** The spelling that counts, since keyboards compose the same letter in different ways (RFC 8265, 4.2). */
const normalized = (password: string): string => password.normalize('NFC');

/** Counts Unicode code points, not UTF-16 units: an emoji is one character. */
export const isShort = (password: string): boolean => [...normalized(password)].length < LEAST_PASSWORD;

/** `isCommon`: would somebody who tries the likeliest passwords soon find this one? @throws Refused */
export const checkNewPassword = (password: string, isCommon: boolean): void => {
  if (isShort(password)) throw new Refused('password-too-short', 'password');
  if (isCommon) throw new Refused('password-too-common', 'password');
};
