// The security log: what those who guard the server must know. Each moment is a line of the log. What was refused to an
// account, or guessed at it, is counted, and the counts are events too.

import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { DomainEvent, Events, Meta } from '../domain/events.ts';
import { isForGuards, type RefusalCode, Refused } from '../domain/refused.ts';
import { streams } from '../domain/streams.ts';
import { networkOf } from '../limits/network.ts';
import { createSampler } from '../limits/sampler.ts';
import { type Rate, TokenBucket } from '../limits/tokenBucket.ts';
import type { MessageLane } from './messageLane.ts';
import { lineOf } from './securityLine.ts';

/** A moment that no event records; what an event records has the name of its type. */
type Moment = 'refused' | 'new-address' | 'password-reset-asked' | 'verification-asked';

export interface About {
  /** Only lines have it: events are kept for ever. Null: the program itself. */
  readonly address: string | null;
  /** The account that it concerns. */
  readonly userId?: string | null | undefined;
  readonly requestId?: string | undefined;
  /** The pattern of the route, not the path. */
  readonly route?: string | undefined;
  /** The name of the limit that refused. */
  readonly limit?: string | undefined;
}

/** `not-found`: by an API that says so of what the client may not see. */
type Code = RefusalCode | 'too-many-requests' | 'not-found';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Milliseconds that a stop waits for the last events. */
const LAST = 1000;
/** Accounts and codes that are counted at once, the latest. */
const COUNTED = 20_000;
/** Lines of one moment and code: above this rate a flood gets one line in ten seconds. */
const LINES: Rate = { perSecond: 1, burst: 100 };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const security = { stream: streams.security };

interface Counts {
  readonly userId: string;
  readonly code: Code;
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

export interface SecurityLogOptions {
  /** Default: no lines. The verbs of the command line have no log; the log of events says what they did. */
  readonly log?: Logger | undefined;
  /** Milliseconds between two looks at what should be recorded. */
  readonly recordEvery?: number | undefined;
}

export type SecurityLog = ReturnType<typeof createSecurityLog>;

export const createSecurityLog = (messages: MessageLane, now: () => Date, options: SecurityLogOptions = {}) => {
  const { log, recordEvery = MINUTE } = options;
  const sample = createSampler();
  const buckets = new Map<string, TokenBucket>();
  const counted = new LRUCache<string, Counts>({ maxSize: COUNTED, sizeCalculation: () => 1 });
  /** Refusals pass several places that know of them. */
  const seen = new WeakSet<Refused>();
  let recording: Promise<unknown> = Promise.resolve();

  /** One line, unless a line like it came a moment ago. `times`: how often it came since. */
  const note = (moment: Moment, about: About, code?: Code): void => {
    const { address, userId, ...rest } = about;
    const account = userId && ID.test(userId) ? userId : undefined;
    const all = [moment, code, rest.limit].join(' ');
    const bucket = buckets.get(all) ?? new TokenBucket(LINES);
    buckets.set(all, bucket);
    // A flood from many addresses, or at many accounts, is one kind of line.
    const times = sample(bucket.tokens >= 1 ? [all, account, networkOf(address ?? '')].join(' ') : all);
    if (times === undefined) return;
    bucket.charge(1);
    const line = { security: moment, code, userId: account, address, ...rest, times };
    if (moment === 'refused') log?.warn(line, 'security');
    else log?.info(line, 'security');
  };

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

  const count = (userId: string, code: Code, requestId: string): void => {
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

  /** The program itself is no stranger. */
  const refuse = (code: Code, about: About): void => {
    if (about.address === null) return;
    note('refused', about, code);
    if (code !== 'not-found' && about.userId && ID.test(about.userId))
      count(about.userId, code, about.requestId ?? about.limit ?? 'socket');
  };

  return {
    note,
    /** A rule, a limit or an API said no. */
    refuse,
    /** The same, for an error that several places may hand over: it counts once, and only if guards want to know it. */
    refused: (error: unknown, about: About): void => {
      if (!(error instanceof Refused) || seen.has(error)) return;
      seen.add(error);
      if (isForGuards(error.code)) refuse(error.code, about);
    },
    /** This process recorded the events. */
    recorded: (events: Events, meta: Meta): void => {
      for (const event of events) {
        const line = lineOf(event, meta);
        if (line !== undefined) log?.info(line, 'security');
      }
    },
    recordDue,
    /** Records what was counted; a store that is away must not hold up a stop. */
    close: async (): Promise<void> => {
      clearInterval(ticking);
      for (const counts of counted.values()) if (counts.count > 0) record(counts);
      await Promise.race([recording, delay(LAST, undefined, { ref: false })]);
    },
  };
};
