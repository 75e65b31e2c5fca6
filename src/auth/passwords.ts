// Hashes and verifies passwords with bcrypt in threads of low priority, so that sign-ins do not delay other work.

import { availableParallelism } from 'node:os';
import { bcryptInput, COSTS, comparisons, isOutdated, type PasswordJob, storedOf } from './passwordScheme.ts';
import { PASSWORD_LIMIT, type Passwords } from './ports.ts';
import { createWorkerPool } from './workerPool.ts';

export { Busy, PASSWORD_LIMIT, type Passwords } from './ports.ts';

export interface PasswordOptions {
  /** log2 of bcrypt's rounds, 4 to 15; default 10, the lowest that OWASP allows. Each step doubles the time. */
  readonly cost?: number;
  /** Threads; default 1 on two cores or fewer, else 2. */
  readonly workers?: number;
  /** Jobs that may wait; default 32, about 2 s of one thread at cost 10. */
  readonly queue?: number;
}

const JOB_LIMIT_MS = 30_000;

/** @throws RangeError for a cost outside 4 to 15. */
export const createPasswords = (options: PasswordOptions = {}): Passwords => {
  const { cost = 10, workers = availableParallelism() <= 2 ? 1 : 2, queue = 32 } = options;
  if (!Number.isInteger(cost) || cost < COSTS.least || cost > COSTS.most)
    throw new RangeError(`the cost must be ${COSTS.least} to ${COSTS.most}, not ${cost}`);
  const pool = createWorkerPool<PasswordJob, string | boolean>({
    entry: new URL('./passwordWorker.ts', import.meta.url),
    workers,
    queue,
    jobLimit: JOB_LIMIT_MS,
  });

  return {
    async hash(password) {
      if (password.length > PASSWORD_LIMIT)
        throw new RangeError(`a password of more than ${PASSWORD_LIMIT} characters`);
      return storedOf(String(await pool.run({ input: bcryptInput(password), cost })));
    },
    async verify(password, hash) {
      // No password is longer, so the quick answer says nothing about the account.
      if (password.length > PASSWORD_LIMIT) return false;
      const { known, hashes } = comparisons(hash, cost);
      const matches = await pool.run({ input: bcryptInput(password), hashes });
      return known && matches === true;
    },
    needsRehash: (hash) => isOutdated(hash, cost),
    close: () => pool.close(),
  };
};
