// Counts what was refused to each account, or guessed at it, and records the counts as events.

import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { DomainEvent } from '../domain/events.ts';
import type { RefusalCode } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import type { MessageLane } from './messageLane.ts';

/** `not-found`: by an API that says so of what the client may not see. */
export type GuardedCode = RefusalCode | 'too-many-requests' | 'not-found';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Milliseconds that a stop waits for the last events. */
const LAST = 1000;
/** Accounts and codes that are counted at once, the latest. */
const COUNTED = 20_000;

const security = { stream: streams.security };

interface Counts {
  readonly userId: string;
  readonly code: GuardedCode;
  count: number;
  since: string;
  requestId: string;
  /** Milliseconds since 1970. */
  recordedAt: number;
}

const eventOf = ({ userId, code, count, since }: Counts): DomainEvent =>
  code === 'credentials-wrong'
    ? { type: 'SignInsFailed', data: { userId, count, since } }
    : { type: 'RequestsRefused', data: { userId, code, count, since } };

/** `recordEvery`: milliseconds between two looks at what should be recorded. */
export const createRefusalCounts = (messages: MessageLane, now: () => Date, recordEvery = MINUTE) => {
  const counted = new LRUCache<string, Counts>({ maxSize: COUNTED, sizeCalculation: () => 1 });
  let recording: Promise<unknown> = Promise.resolve();

  /** Not awaited by any request: a crash, or a store that is away, loses at most what was counted since the last event. */
  const record = (counts: Counts): void => {
    const event = eventOf(counts);
    const { userId, count, since, requestId: correlationId } = counts;
    Object.assign(counts, { count: 0, recordedAt: now().getTime() });
    const append = () => messages.append(security, userId, { actorId: null, correlationId }, () => [event]);
    recording = recording.then(append).catch(() => {
      Object.assign(counts, { count: counts.count + count, since, recordedAt: -HOUR });
    });
  };

  /** Also if somebody has set the clock back. */
  const isDue = ({ recordedAt }: Counts): boolean => Math.abs(now().getTime() - recordedAt) >= HOUR;

  const count = (userId: string, code: GuardedCode, requestId: string): void => {
    const key = `${userId} ${code}`;
    const counts = counted.get(key) ?? { userId, code, count: 0, since: '', requestId, recordedAt: -HOUR };
    if (counts.count === 0) Object.assign(counts, { since: now().toISOString(), requestId });
    counts.count += 1;
    counted.set(key, counts);
  };

  /** Called every minute. What came first is recorded then, what follows an hour later. */
  const recordDue = async (): Promise<void> => {
    for (const [key, counts] of counted.entries()) {
      if (!isDue(counts)) continue;
      if (counts.count > 0) record(counts);
      else counted.delete(key);
    }
    await recording;
  };
  const ticking = setInterval(() => void recordDue(), recordEvery).unref();

  return {
    count,
    recordDue,
    close: async (): Promise<void> => {
      clearInterval(ticking);
      for (const counts of counted.values()) if (counts.count > 0) record(counts);
      await Promise.race([recording, delay(LAST, undefined, { ref: false })]);
    },
  };
};
