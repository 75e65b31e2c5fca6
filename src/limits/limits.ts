// Counts what clients do, against the limits of the table. Every way in counts here, and nowhere else.

import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { createKnownPlaces, type EarlierPlaces } from './knownPlaces.ts';
import { networkOf } from './network.ts';
import { type Costs, isLimitName, type LimitConfig, type LimitName, type Policy, policiesOf, table } from './table.ts';
import { type Rate, TokenBucket } from './tokenBucket.ts';

/** Whom to count. An address of null is the program itself, which has no limits. */
export interface Client {
  readonly address: string | null;
  readonly actorId: string | null;
}

/** How much of a limit is left, and the seconds until it is whole again. */
export interface Count extends Policy {
  readonly left: number;
  readonly resets: number;
}

/** A limit is reached. Becomes 429 with `Retry-After`. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly policy: Policy;
  /** Whole seconds, at least 1. */
  readonly retryAfter: number;
  constructor(policy: Policy, retryAfter: number) {
    super(`too many ${policy.name}`);
    this.policy = policy;
    this.retryAfter = retryAfter;
  }
}

/** Milliseconds by which refusals come late. */
const LATE = 1000;

export interface LimitEvents {
  /** Called when a limit refuses. */
  readonly onReached?: (policy: Policy, client: Client) => void;
  /** Called when an account is signed in at an address where it was not known; with the mark of both, if places are marked. */
  readonly onNewPlace?: (client: Client, mark: string | undefined) => void;
}

interface Options extends LimitEvents {
  /** Milliseconds of a monotonic clock. */
  readonly clock?: () => number;
  /** Waits so many milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
  /** The places that were known before the start, as marks; and the marks that a place may have, the first for a new one. */
  readonly earlier?: EarlierPlaces;
  /** Tells the other processes, which `hear` it. */
  readonly tell?: (told: string) => void;
}

/** Clients that each limit remembers, the latest: an attacker with more addresses must not fill the memory. */
const REMEMBERED = 20_000;

const UNLIMITED: Rate = { perSecond: 0, burst: Number.POSITIVE_INFINITY };

const Told = z.union([
  z.object({ counted: z.array(z.tuple([z.string(), z.string().max(500), z.number()])).max(10) }),
  z.object({ known: z.string().max(500) }),
]);

/** An account at an address. */
const placeOf = ({ address, actorId }: Client): string => `${actorId} ${networkOf(address ?? '')}`;

const keyOf = (name: LimitName, client: Client): string => {
  switch (table[name].by) {
    case 'account':
      return client.actorId ?? networkOf(client.address ?? '');
    case 'account at an address':
      return placeOf(client);
    case 'address':
    case 'socket':
      return networkOf(client.address ?? '');
  }
};

export type Limits = ReturnType<typeof createLimits>;

export const createLimits = (config: LimitConfig, options: Options = {}) => {
  const {
    clock,
    pause = delay,
    onReached = () => undefined,
    onNewPlace = () => undefined,
    tell = () => undefined,
    earlier,
  } = options;
  const counters = new Map(
    [...policiesOf(config)].map(([name, policy]) => {
      const rate = { perSecond: policy.quota / policy.window, burst: policy.quota };
      const buckets = new LRUCache<string, TokenBucket>({
        // With `max` the cache would allocate its full size at once.
        maxSize: REMEMBERED,
        sizeCalculation: () => 1,
        memoMethod: () => new TokenBucket(rate, clock),
      });
      return [name, { policy, rate, buckets }];
    }),
  );
  const places = createKnownPlaces(earlier);

  const chargesOf = (costs: Costs, client: Client) =>
    (client.address === null ? [] : (Object.entries(costs) as [LimitName, number][])).flatMap(([name, cost]) => {
      const counter = counters.get(name);
      if (counter === undefined) return [];
      const key = keyOf(name, client);
      return [{ policy: counter.policy, key, cost, bucket: counter.buckets.memo(key) }];
    });

  const charge = (charges: ReturnType<typeof chargesOf>, sign: 1 | -1): void => {
    for (const { bucket, cost } of charges) bucket.charge(sign * cost);
    const shared = charges.filter(({ policy: { name } }) => table[name].isShared);
    if (shared.length === 0) return;
    tell(JSON.stringify({ counted: shared.map(({ policy: { name }, key, cost }) => [name, key, sign * cost]) }));
  };

  const countOf = (policy: Policy, bucket: TokenBucket): Count => ({
    ...policy,
    left: Math.max(0, Math.floor(bucket.tokens)),
    resets: Math.ceil(bucket.secondsUntil(policy.quota)),
  });

  return {
    /** Takes all of `costs`, or nothing if a limit is reached. @throws TooManyRequests for the one that lasts longest */
    count: (costs: Costs, client: Client): readonly Count[] => {
      const charges = chargesOf(costs, client);
      const reached = charges
        .map(({ policy, cost, bucket }) => ({ policy, wait: bucket.secondsUntil(Math.min(cost, policy.quota)) }))
        .filter(({ wait }) => wait > 0);
      const [longest] = reached.toSorted((one, other) => other.wait - one.wait);
      if (longest !== undefined) {
        onReached(longest.policy, client);
        throw new TooManyRequests(longest.policy, Math.ceil(longest.wait));
      }
      charge(charges, 1);
      return charges.map(({ policy, bucket }) => countOf(policy, bucket));
    },
    /** What `count` took. */
    giveBack: (costs: Costs, client: Client): void => charge(chargesOf(costs, client), -1),
    /** Waits before a refusal, for a client that had too many of them: at full speed they cost as much as answers. */
    slowDown: async (client: Client): Promise<void> => {
      const [charge] = chargesOf({ refusals: 1 }, client);
      if (charge?.bucket.takes() === false) await pause(LATE);
    },
    /** What is left of every limit of the client's address and account. */
    left: (client: Client): readonly Count[] =>
      [...counters.values()]
        .filter(({ policy }) => ['address', 'account'].includes(table[policy.name].by))
        .map(({ policy, buckets }) => countOf(policy, buckets.memo(keyOf(policy.name, client)))),
    /** The rate of one socket, which has a bucket of its own. */
    rateOf: (name: LimitName): Rate => counters.get(name)?.rate ?? UNLIMITED,

    /** The account was signed in from the address. */
    know: (client: Client): void => {
      const place = placeOf(client);
      if (client.address === null || places.hasNow(place)) return;
      const { isNew, mark } = places.add(place);
      if (isNew) onNewPlace(client, mark);
      tell(JSON.stringify({ known: place }));
    },
    knows: (client: Client): boolean => places.has(placeOf(client)),

    /** Counts what another process told. Of another version, it may mean something else: then it is ignored. */
    hear: (told: string): void => {
      const { data } = Told.safeParse(parsed(told));
      if (data === undefined) return;
      if ('known' in data) return void places.hear(data.known);
      for (const [name, key, cost] of data.counted)
        if (isLimitName(name) && table[name].isShared) counters.get(name)?.buckets.memo(key).charge(cost);
    },
  };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
