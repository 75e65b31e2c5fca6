// The rules of Django's own password validators, with their texts.

import type { Core } from '../../commands/core.ts';
import { isShort, LEAST_PASSWORD } from '../../domain/password.ts';
import type { RequestState } from '../../http/context.ts';
import { lengthOf } from './text.ts';

/** Facts about the user, by their names in the text: `username`, `first name`, `email`. */
export type Attributes = Readonly<Record<string, string | null>>;

export const passwordTexts = {
  short: `This password is too short. It must contain at least ${LEAST_PASSWORD} characters.`,
  common: 'This password is too common.',
} as const;

/** The request that sets the password. */
interface Asking {
  readonly services: { readonly core: Pick<Core, 'passwords'> };
  readonly ctx: { readonly state: Pick<RequestState, 'address'> };
}

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

const isSimilar = (password: string, value: string): boolean =>
  [...value.split(/[^\p{L}\p{N}_]+/u), value].some(
    (part) => similarity(password.toLowerCase(), part.toLowerCase()) >= MAX_SIMILARITY,
  );

/** Digits of any script, also superscript, subscript and circled ones. */
const NUMERIC =
  /^[\p{Nd}\xb2\xb3\xb9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792]+$/u;

/**
 * What is wrong with a new password, in the order of Django's settings: similarity, length, common, numeric. Of several
 * similar attributes, only the first is named. Empty: nothing is wrong.
 */
export const passwordErrors = async (
  { services: { core }, ctx }: Asking,
  password: string,
  attributes: Attributes = {},
): Promise<readonly string[]> => {
  const similar = Object.entries(attributes).find(([, value]) => value && isSimilar(password, value));
  return [
    ...(similar ? [`The password is too similar to the ${similar[0]}.`] : []),
    ...(isShort(password) ? [passwordTexts.short] : []),
    ...((await core.passwords.isCommon(password, ctx.state.address)) ? [passwordTexts.common] : []),
    ...(NUMERIC.test(password) ? ['This password is entirely numeric.'] : []),
  ];
};
