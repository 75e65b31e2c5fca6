// The security log: what those who guard the server must know. Each moment is a line of the log. What was refused to an
// account, or guessed at it, is counted, and the counts are events too.

import type { Logger } from 'pino';
import type { Events, Meta } from '../domain/events.ts';
import { isForGuards, Refused } from '../domain/refused.ts';
import { networkOf } from '../limits/network.ts';
import { createSampler } from '../limits/sampler.ts';
import { type Rate, TokenBucket } from '../limits/tokenBucket.ts';
import type { MessageLane } from './messageLane.ts';
import { createRefusalCounts, type GuardedCode } from './refusalCounts.ts';
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

/** Lines of one moment and code: above this rate a flood gets one line in ten seconds. */
const LINES: Rate = { perSecond: 1, burst: 100 };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface SecurityLogOptions {
  /** Default: no lines. The verbs of the command line have no log; the log of events says what they did. */
  readonly log?: Logger | undefined;
  /** Milliseconds between two looks at what should be recorded. */
  readonly recordEvery?: number | undefined;
}

export type SecurityLog = ReturnType<typeof createSecurityLog>;

export const createSecurityLog = (messages: MessageLane, now: () => Date, options: SecurityLogOptions = {}) => {
  const { log, recordEvery } = options;
  const sample = createSampler();
  const buckets = new Map<string, TokenBucket>();
  const counts = createRefusalCounts(messages, now, recordEvery);
  /** Refusals pass several places that know of them. */
  const seen = new WeakSet<Refused>();

  /** One line, unless a line like it came a moment ago. `times`: how often it came since. */
  const note = (moment: Moment, about: About, code?: GuardedCode): void => {
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

  /** The program itself is no stranger. */
  const refuse = (code: GuardedCode, about: About): void => {
    if (about.address === null) return;
    note('refused', about, code);
    if (code !== 'not-found' && about.userId && ID.test(about.userId))
      counts.count(about.userId, code, about.requestId ?? about.limit ?? 'socket');
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
    recordDue: counts.recordDue,
    /** Records what was counted; a store that is away must not hold up a stop. */
    close: (): Promise<void> => counts.close(),
  };
};
