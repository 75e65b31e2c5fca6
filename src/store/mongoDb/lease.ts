// One process at a time does what only one may do, such as projecting. A lease runs out by the server's clock, so that
// a holder that died is replaced; its token rises with each holder, so that one that was only asleep can be told apart.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import type { HeldLease, Lease } from '../ports.ts';
import { isDuplicateKey, isOutage, KEPT } from './connection.ts';
import { SERVER_NOW } from './generations.ts';

/** The token rises with each holder. */
interface Held extends HeldLease {
  readonly token: number;
}

export interface MongoLease extends Lease {
  held(signal: AbortSignal): Promise<Held>;
  /** Of the last time this process held the lease; 0: never yet. */
  readonly token: number;
}

export interface LeaseOptions {
  readonly db: Db;
  /** What is leased. */
  readonly name: string;
  /** Who asks, for people to read. */
  readonly holder: string;
  /** How long a holder is believed that does not answer, in milliseconds. */
  readonly ttlMs?: number;
  readonly onError?: (error: unknown) => void;
}

interface Stored {
  readonly _id: string;
  readonly holder: string;
  readonly token: number;
  /** Server's time in milliseconds. */
  readonly until: number;
}

const TTL_MS = 3_000;

export function createLease({ db, name, holder, ttlMs = TTL_MS, onError = () => {} }: LeaseOptions): MongoLease {
  const leases = db.collection<Stored>('leases', { writeConcern: KEPT });
  /** Of this process only: started again under the same name it is another holder. */
  const self = `${holder} ${randomUUID()}`;
  const until = { $add: [SERVER_NOW, ttlMs] };
  let keeping: Keeping | undefined;
  let lastToken = 0;

  return {
    isShared: true,
    get token() {
      return lastToken;
    },
    async held(signal) {
      await keeping?.stop();
      for (;;) {
        signal.throwIfAborted();
        const askedAt = performance.now();
        const token = await take().catch(told);
        if (token !== undefined) {
          lastToken = token;
          keeping = keep(token, askedAt + ttlMs);
          return keeping;
        }
        await delay(ttlMs * (0.1 + Math.random() * 0.1), undefined, { signal });
      }
    },
    async release() {
      const token = keeping?.token;
      await keeping?.stop();
      keeping = undefined;
      if (token !== undefined) await leases.updateOne(ours(token), { $set: { until: 0 } }).catch(told);
    },
  };

  function told(error: unknown): undefined {
    if (!isOutage(error)) throw error;
    onError(error);
  }

  function ours(token: number) {
    return { _id: name, holder: self, token };
  }

  /** The token if the lease is ours now. It is taken from ourselves too: the answer to the last try may have been lost. */
  async function take(): Promise<number | undefined> {
    const free = { $expr: { $lte: ['$until', SERVER_NOW] } };
    const set = { holder: { $literal: self }, token: { $add: ['$token', 1] }, until };
    const taken = await leases.findOneAndUpdate({ _id: name, $or: [free, { holder: self }] }, [{ $set: set }], {
      returnDocument: 'after',
    });
    if (taken !== null) return taken.token;
    return (await made(leases, name)) ? take() : undefined;
  }

  /** Renews until it is stopped or lost. `end` is counted from before each question: the server's count began later. */
  function keep(token: number, end: number): Keeping {
    const lost = new AbortController();
    const lose = () => lost.abort(new Error(`the lease on ${name} is lost`));
    const { signal } = lost;

    const running = renewAgainAndAgain();
    async function renewAgainAndAgain(): Promise<void> {
      let sure = end;
      let watch = setTimeout(lose, Math.max(0, sure - performance.now()));
      for (;;) {
        await delay(ttlMs / 3, undefined, { signal }).catch(() => {});
        const askedAt = performance.now();
        // After a long sleep this may run before the timer that should have.
        if (signal.aborted || askedAt >= sure || !(await renewed())) break;
        sure = askedAt + ttlMs;
        clearTimeout(watch);
        watch = setTimeout(lose, Math.max(0, sure - performance.now()));
      }
      clearTimeout(watch);
      lose();
    }

    async function renewed(): Promise<boolean> {
      while (!signal.aborted) {
        try {
          const { matchedCount } = await leases.updateOne(ours(token), [{ $set: { until } }]);
          return matchedCount === 1;
        } catch (error) {
          onError(error);
          await delay(ttlMs / 20, undefined, { signal }).catch(() => {});
        }
      }
      return false;
    }

    return {
      token,
      lost: signal,
      async stop() {
        lose();
        await running;
      },
    };
  }
}

interface Keeping extends Held {
  stop(): Promise<void>;
}

/** Whether this call made the lease, held by nobody. */
async function made(leases: Collection<Stored>, name: string): Promise<boolean> {
  try {
    await leases.insertOne({ _id: name, holder: '', token: 0, until: 0 });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
