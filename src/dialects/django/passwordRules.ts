// The rules of Django's own password validators and of its usernames, with their texts.

import { isCommonPassword } from './commonPasswords.ts';
import { lengthOf } from './text.ts';

/** Something known of the person, under the name that the text calls it by: `username`, `first name`, `email`. */
export type Attribute = readonly [name: string, value: string | null];

const MIN = 8;
const MAX_SIMILARITY = 0.7;

/** Twice the characters that both have, in any order, divided by the characters of both: 0 to 1. */
export const similarity = (one: string, other: string): number => {
  const left = [...one];
  const all = left.length + lengthOf(other);
  for (const char of other) {
    const at = left.indexOf(char);
    if (at >= 0) left.splice(at, 1);
  }
  return all === 0 ? 1 : (2 * (lengthOf(one) - left.length)) / all;
};

const isSimilar = (password: string, value: string): boolean => {
  const lower = value.toLowerCase();
  return [...lower.split(/[^\p{L}\p{N}_]+/u), lower].some((part) => similarity(password, part) >= MAX_SIMILARITY);
};

const tooSimilar = (password: string, attributes: readonly Attribute[]): string | undefined => {
  const lower = password.toLowerCase();
  const found = attributes.find(([, value]) => value !== null && value !== '' && isSimilar(lower, value));
  return found && `The password is too similar to the ${found[0]}.`;
};

/** Digits of any script, also raised, lowered, in circles. */
const NUMERIC =
  /^[\p{Nd}\xb2\xb3\xb9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]+$/u;

/**
 * What is wrong with a new password, in the order of Django's settings: similarity, length, common, numeric. Only the
 * first attribute that it is too similar to is told. Empty: nothing.
 */
export const passwordErrors = (password: string, attributes: readonly Attribute[] = []): readonly string[] => {
  const similar = tooSimilar(password, attributes);
  return [
    ...(similar === undefined ? [] : [similar]),
    ...(lengthOf(password) < MIN ? [`This password is too short. It must contain at least ${MIN} characters.`] : []),
    ...(isCommonPassword(password) ? ['This password is too common.'] : []),
    ...(NUMERIC.test(password) ? ['This password is entirely numeric.'] : []),
  ];
};

const USERNAME = /^[\p{L}\p{N}_.@+-]+$/u;

/** A rule for the field of a username. */
export const usernameRule = (name: string): string | undefined =>
  USERNAME.test(name)
    ? undefined
    : 'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';
