// One process at a time does what only one may do, such as projecting. The holder shows that it lives; a process that has
// seen nothing new for a whole term takes the lease. The token rises with each holder, which tells a holder that was only
// asleep. No clock is read but each process's own, so the server need not tell the time.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import type { Lease } from '../ports.ts';
import { KEPT, MAJORITY, repeat } from './connection.ts';
import { isDuplicateKey, isOurs } from './failures.ts';

export interface MongoLease extends Lease {
  held(signal: AbortSignal, onElsewhere?: () => void): Promise<{ readonly lost: AbortSignal; readonly token: number }>;
  /** Of the last time this process held the lease; 0: never yet. */
  readonly token: number;
}

export interface LeaseOptions {
  readonly db: Db;
  /** What is leased. */
  readonly name: string;
  /** The process, for people to read. */
  readonly holder: string;
  /** Milliseconds after which a silent holder loses the lease: the same for all processes. */
  readonly ttlMs?: number;
  /** The highest token that holders wrote under, or 0: tokens rise on though somebody dropped the lease. */
  readonly written?: () => Promise<number>;
}

interface Stored {
  readonly _id: string;
  readonly holder: string;
  readonly token: number;
  /** 0: free. A process of an older version writes the moment until which it holds the lease. */
  readonly until: number;
  /** Counts the holder's signs of life. */
  readonly beats?: number;
}

const TTL_MS = 3_000;
/** Milliseconds that a question is repeated before the caller learns of the outage. */
const PATIENCE_MS = 2_000;
/** `until` of a lease that is held: later than any moment, for processes of older versions. */
const HELD = Number.MAX_SAFE_INTEGER;

const ignoreOutage = (error: unknown): void => {
  if (isOurs(error)) throw error;
};

const ignoreDuplicate = (error: unknown): false => {
  if (isDuplicateKey(error)) return false;
  throw error;
};

export const createLease = (options: LeaseOptions): MongoLease => {
  const { db, name, holder, ttlMs = TTL_MS, written = async () => 0 } = options;
  const leases = db.collection<Stored>('leases', { writeConcern: KEPT, readConcern: MAJORITY });
  /** Of this process only: started again under the same name it is another holder. */
  const self = `${holder} ${randomUUID()}`;
  const ours = (token: number) => ({ _id: name, holder: self, token });
  let keeping: ReturnType<typeof keep> | undefined;
  let lastToken = 0;
  /** What another holder has shown last, and when this process saw it first. */
  let shown = '';
  let shownAt = 0;

  /** Whether the holder has shown nothing new for the whole term. Counted by this process alone: clocks differ. */
  const isSilent = (lease: Stored): boolean => {
    const now = JSON.stringify(lease);
    if (now !== shown) [shown, shownAt] = [now, performance.now()];
    return performance.now() - shownAt >= ttlMs;
  };

  /** The token if the lease is ours now. It is taken from ourselves too: the answer to the last try may have been lost. */
  const take = async (): Promise<number | undefined> => {
    const lease = await leases.findOne({ _id: name });
    const token = (lease?.token ?? (await written())) + 1;
    const set = { holder: self, token, until: HELD, beats: 0 };
    if (lease === null) {
      const isMade = await leases.insertOne({ _id: name, ...set }).then(() => true, ignoreDuplicate);
      return isMade ? token : undefined;
    }
    if (lease.until !== 0 && lease.holder !== self && !isSilent(lease)) return undefined;
    // Nothing but what was read: the holder may just have shown that it lives, or a third process taken the lease.
    const { matchedCount } = await leases.updateOne(
      { ...lease, beats: lease.beats ?? { $exists: false } },
      { $set: set },
    );
    return matchedCount === 1 ? token : undefined;
  };

  /** Renews until it is stopped or lost. `sure` is counted from before each question: whoever sees the beat counts from later. */
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
          const { matchedCount } = await leases.updateOne(ours(token), { $inc: { beats: 1 } });
          if (matchedCount === 0) break;
          sure = askedAt + ttlMs;
          clearTimeout(watch);
          watch = loseAt(sure);
          pauseMs = ttlMs / 3;
        } catch (error) {
          if (isOurs(error)) break;
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
    async held(signal, onElsewhere) {
      await keeping?.stop();
      for (;;) {
        signal.throwIfAborted();
        const askedAt = performance.now();
        const token = await repeat('views', PATIENCE_MS, take);
        if (token !== undefined) {
          lastToken = token;
          keeping = keep(token, askedAt + ttlMs);
          return keeping;
        }
        onElsewhere?.();
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
