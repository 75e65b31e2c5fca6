// Hashes and verifies passwords with bcrypt, and knows the common ones, in threads of low priority: sign-ins do not delay
// other work.

import { availableParallelism } from 'node:os';
import { spelling } from '../domain/password.ts';
import { networkOf } from '../limits/network.ts';
import { bcryptInput, COSTS, comparisons, isOutdated, type PasswordJob, storedOf } from './passwordScheme.ts';
import { createWorkerPool } from './workerPool.ts';

interface Options {
  /** log2 of bcrypt's rounds, 4 to 15; default 10, the lowest that OWASP allows. Each step doubles the time. */
  readonly cost?: number;
  /** Threads; default one for every two cores. */
  readonly workers?: number;
  /** Milliseconds that a job may wait for a thread; default 5000. */
  readonly patience?: number;
}

/** Characters (UTF-16 units) of a password at most. */
export const PASSWORD_LIMIT = 4096;
const JOB_LIMIT_MS = 30_000;

const turnOf = (address: string | null): string => (address === null ? '' : networkOf(address));

/** @throws RangeError for a cost outside 4 to 15. */
export const createPasswords = (options: Options = {}) => {
  const { cost = 10, workers = Math.max(1, Math.floor(availableParallelism() / 2)), patience = 5000 } = options;
  if (!Number.isInteger(cost) || cost < COSTS.least || cost > COSTS.most)
    throw new RangeError(`the cost must be ${COSTS.least} to ${COSTS.most}, not ${cost}`);
  const entry = new URL('./passwordWorker.ts', import.meta.url);
  const pool = createWorkerPool<PasswordJob, string | boolean>({ entry, workers, patience, jobLimit: JOB_LIMIT_MS });

  return {
    /**
     * The string to store for a password: scheme, cost, salt and digest in 63 characters.
     * `address`: of the client, since addresses take turns; null: the program itself. @throws Busy when no thread was free
     * in time. @throws RangeError beyond PASSWORD_LIMIT; the edge refuses such input earlier.
     */
    hash: async (password: string, address: string | null): Promise<string> => {
      if (password.length > PASSWORD_LIMIT)
        throw new RangeError(`a password of more than ${PASSWORD_LIMIT} characters`);
      return storedOf(String(await pool.run({ input: bcryptInput(password), cost }, turnOf(address))));
    },
    /**
     * Does `password` match `hash`? Without a hash (no such account) it does the same work and answers no, so that the
     * time does not tell an unknown account from a wrong password. @throws Busy when no thread was free in time.
     */
    verify: async (password: string, hash: string | undefined, address: string | null): Promise<boolean> => {
      // No password is longer, so the quick answer says nothing about the account.
      if (password.length > PASSWORD_LIMIT) return false;
      const { known, hashes } = comparisons(hash, cost);
      const matches = await pool.run({ input: bcryptInput(password), hashes }, turnOf(address));
      return known && matches === true;
    },
    /** Is it one of the passwords that a guesser tries first? @throws Busy when too many jobs wait. */
    isCommon: async (password: string, address: string | null): Promise<boolean> =>
      (await pool.run({ password: spelling(password) }, turnOf(address))) === true,
    /** Has `hash` a lower cost or an older scheme? Then hash the password again after it was verified. */
    needsRehash: (hash: string): boolean => isOutdated(hash, cost),
    /** Stops the workers and rejects the jobs that still wait. */
    close: () => pool.close(),
  };
};

export type Passwords = ReturnType<typeof createPasswords>;
