// One process at a time does what only one may do, such as projecting. A lease runs out by the server's clock, so that
// another process replaces a holder that died; its token rises with each holder, which tells a holder that was only asleep.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Lease } from '../ports.ts';
import { isDuplicateKey, isOutage, KEPT } from './connection.ts';
import { SERVER_NOW } from './generations.ts';

export interface MongoLease extends Lease {
  held(signal: AbortSignal): Promise<{ readonly lost: AbortSignal; readonly token: number }>;
  /** Of the last time this process held the lease; 0: never yet. */
  readonly token: number;
}

export interface LeaseOptions {
  readonly db: Db;
  /** What is leased. */
  readonly name: string;
  /** The process, for people to read. */
  readonly holder: string;
  /** Milliseconds until a silent holder loses the lease. */
  readonly ttlMs?: number;
}

interface Stored {
  readonly _id: string;
  readonly holder: string;
  readonly token: number;
  /** Server's time in milliseconds. */
  readonly until: number;
}

const TTL_MS = 3_000;

export const createLease = ({ db, name, holder, ttlMs = TTL_MS }: LeaseOptions): MongoLease => {
  const leases = db.collection<Stored>('leases', { writeConcern: KEPT });
  /** Of this process only: started again under the same name it is another holder. */
  const self = `${holder} ${randomUUID()}`;
  const until = { $add: [SERVER_NOW, ttlMs] };
  const ours = (token: number) => ({ _id: name, holder: self, token });
  let keeping: ReturnType<typeof keep> | undefined;
  let lastToken = 0;

  const ignoreOutage = (error: unknown): void => {
    if (!isOutage(error)) throw error;
  };

  /** The token if the lease is ours now. It is taken from ourselves too: the answer to the last try may have been lost. */
  const take = async (): Promise<number | undefined> => {
    const free = { $expr: { $lte: ['$until', SERVER_NOW] } };
    const set = { holder: { $literal: self }, token: { $add: ['$token', 1] }, until };
    const taken = await leases.findOneAndUpdate({ _id: name, $or: [free, { holder: self }] }, [{ $set: set }], {
      returnDocument: 'after',
    });
    if (taken !== null) return taken.token;
    try {
      await leases.insertOne({ _id: name, holder: '', token: 0, until: 0 });
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
    return take();
  };

  /** Renews until it is stopped or lost. `sure` is counted from before each question: the server's count began later. */
  const keep = (token: number, end: number) => {
    const lost = new AbortController();
    const { signal } = lost;
    const lose = () => lost.abort(new Error(`the lease on ${name} is lost`));
    const loseAt = (time: number) => setTimeout(lose, Math.max(0, time - performance.now()));

    const renew = async (): Promise<void> => {
      let sure = end;
      let watch = loseAt(sure);
      for (let pauseMs = ttlMs / 3; ; ) {
        await delay(pauseMs, undefined, { signal }).catch(() => {});
        const askedAt = performance.now();
        // After a long sleep of the machine this may run before the timer.
        if (signal.aborted || askedAt >= sure) break;
        try {
          const { matchedCount } = await leases.updateOne(ours(token), [{ $set: { until } }]);
          if (matchedCount === 0) break;
          sure = askedAt + ttlMs;
          clearTimeout(watch);
          watch = loseAt(sure);
          pauseMs = ttlMs / 3;
        } catch {
          pauseMs = ttlMs / 20;
        }
      }
      clearTimeout(watch);
      lose();
    };

    const renewing = renew();
    const stop = (): Promise<void> => {
      lose();
      return renewing;
    };
    return { token, lost: signal, stop };
  };

  return {
    isShared: true,
    get token() {
      return lastToken;
    },
    get isHeld() {
      return keeping !== undefined && !keeping.lost.aborted;
    },
    async held(signal) {
      await keeping?.stop();
      for (;;) {
        signal.throwIfAborted();
        const askedAt = performance.now();
        const token = await take().catch(ignoreOutage);
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
      if (token !== undefined) await leases.updateOne(ours(token), { $set: { until: 0 } }).catch(ignoreOutage);
    },
  };
};
