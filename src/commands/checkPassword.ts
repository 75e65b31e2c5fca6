// Checks a password, and counts wrong ones: the only way to a check, so that every API and every route is counted.

import type { Client } from '../limits/limits.ts';
import type { Core } from './core.ts';

/**
 * Is it the password behind `hash`? `guesser`: the account that the client says it is, and the address. The guess counts
 * before the check, so that guesses sent at once count too, and a right one is given back. No account is ever locked: an
 * address where the account was signed in is not counted with the addresses of strangers.
 * @throws TooManyRequests; Busy
 */
export const checkPassword = async (
  { limits, passwords }: Pick<Core, 'limits' | 'passwords'>,
  guesser: Client & { readonly actorId: string },
  password: string,
  hash: string | undefined,
): Promise<boolean> => {
  const costs = {
    'wrong-passwords': 1,
    guesses: 1,
    ...(limits.knows(guesser) ? {} : { 'guesses-elsewhere': 1 }),
  };
  limits.count(costs, guesser);
  let isWrong = false;
  try {
    const isRight = await passwords.verify(password, hash, guesser.address);
    isWrong = !isRight;
    if (isRight) limits.know(guesser);
    return isRight;
  } finally {
    if (!isWrong) limits.giveBack(costs, guesser);
  }
};
