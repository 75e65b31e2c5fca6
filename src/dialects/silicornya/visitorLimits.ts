// What visitors may do without a token, counted by the address they come from.

import { isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';

/** Sockets of one address; enquiries a second and in one go, of one address and of one socket. */
export const VISITOR_LIMITS = {
  sockets: 1000,
  address: { perSecond: 50, burst: 200 },
  socket: { perSecond: 5, burst: 30 },
} as const;

/** Addresses that are remembered after their last socket. */
const REMEMBERED = 10_000;

export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket of tokens. `now`: milliseconds of a clock that never goes back. */
export class Bucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  takes(now: number): boolean {
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Whoever has one address of IPv6 has a network of them: its first 64 bits. */
export const networkOf = (address: string): string => {
  const mapped = address.replace(/^::ffff:/i, '');
  if (isIPv4(mapped) || !address.includes(':')) return mapped;
  const [head = '', tail] = address.split('%', 1)[0]!.split('::', 2);
  const groups = head.split(':').filter((group) => group !== '');
  const last = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  const whole = [...groups, ...Array.from({ length: zeros }, () => '0'), ...last];
  return whole.slice(0, 4).join(':');
};

export const createVisitorLimits = (limits: typeof VISITOR_LIMITS = VISITOR_LIMITS, now = () => performance.now()) => {
  const sockets = new Map<string, number>();
  // With `max` the cache would allocate its full size at once.
  const buckets = new LRUCache<string, Bucket>({ maxSize: REMEMBERED, sizeCalculation: () => 1 });

  const bucketOf = (network: string): Bucket => {
    const bucket = buckets.get(network) ?? new Bucket(limits.address, now());
    buckets.set(network, bucket);
    return bucket;
  };

  return {
    /** One more socket; false: too many. */
    enter: (address: string): boolean => {
      const network = networkOf(address);
      const count = sockets.get(network) ?? 0;
      if (count >= limits.sockets) return false;
      sockets.set(network, count + 1);
      return true;
    },
    /** One that entered is gone. */
    leave: (address: string): void => {
      const network = networkOf(address);
      const count = (sockets.get(network) ?? 0) - 1;
      if (count > 0) sockets.set(network, count);
      else sockets.delete(network);
    },
    /** For one socket. */
    bucket: (): Bucket => new Bucket(limits.socket, now()),
    /** May an enquiry be made? `own`: the bucket of its socket. */
    takes: (own: Bucket, address: string): boolean => own.takes(now()) && bucketOf(networkOf(address)).takes(now()),
  };
};

export type VisitorLimits = ReturnType<typeof createVisitorLimits>;
