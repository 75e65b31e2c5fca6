// The rule for new passwords, in every API.

import { Refused } from './refused.ts';

/** Characters at least. */
export const LEAST_PASSWORD = 8;

/**
 * The spelling that counts, for new passwords and for sign-ins alike: keyboards compose the same letter in different ways (RFC
 * 8265, 4.2), and spaces around it come from copying, which forms of some APIs remove.
 */
export const spelling = (password: string): string => password.normalize('NFC').trim();

/** Counts Unicode code points, not UTF-16 units: an emoji is one character. */
export const isShort = (password: string): boolean => [...spelling(password)].length < LEAST_PASSWORD;

/** `isCommon`: would somebody who tries the likeliest passwords soon find this one? @throws Refused */
export const checkNewPassword = (password: string, isCommon: boolean): void => {
  if (isShort(password)) throw new Refused('password-too-short', 'password');
  if (isCommon) throw new Refused('password-too-common', 'password');
};
