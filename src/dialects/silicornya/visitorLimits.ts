// What visitors may do without a token, counted by the address that they come from.

import { LRUCache } from 'lru-cache';
import { TokenBucket } from '../../ws/flow/tokenBucket.ts';

/** `sockets`: open sockets of one address. `address`, `socket`: enquiries of one address and of one socket. */
export const VISITOR_LIMITS = {
  sockets: 1000,
  address: { perSecond: 50, burst: 200 },
  socket: { perSecond: 5, burst: 30 },
};

/** The server remembers the rate of so many addresses, also after their last socket. */
const REMEMBERED = 10_000;

/** The address; of IPv6 its first 64 bits, since one customer of a provider has a whole network of addresses. */
export const networkOf = (address: string): string => {
  const mapped = address.replace(/^::ffff:/i, '');
  if (!mapped.includes(':')) return mapped;
  const groupsIn = (text: string) => text.split(':').filter((group) => group !== '');
  const [head = [], tail = []] = address.replace(/%.*/, '').split('::').map(groupsIn);
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
};

/** `now`: milliseconds of a monotonic clock. */
export const createVisitorLimits = (limits = VISITOR_LIMITS, now?: () => number) => {
  const sockets = new Map<string, number>();
  // With `max` the cache would allocate its full size at once.
  const buckets = new LRUCache<string, TokenBucket>({
    maxSize: REMEMBERED,
    sizeCalculation: () => 1,
    memoMethod: () => new TokenBucket(limits.address, now),
  });

  return {
    /** Counts one more socket; false: the address has too many. */
    enter: (address: string): boolean => {
      const network = networkOf(address);
      const count = sockets.get(network) ?? 0;
      if (count >= limits.sockets) return false;
      sockets.set(network, count + 1);
      return true;
    },
    /** A socket that entered was closed. */
    leave: (address: string): void => {
      const network = networkOf(address);
      const count = (sockets.get(network) ?? 0) - 1;
      if (count > 0) sockets.set(network, count);
      else sockets.delete(network);
    },
    /** The bucket of one socket. */
    bucket: () => new TokenBucket(limits.socket, now),
    /** Counts one enquiry; false: the socket, to which `bucket` belongs, or its address sends too many. */
    takes: (bucket: TokenBucket, address: string): boolean =>
      bucket.takes() && buckets.memo(networkOf(address)).takes(),
  };
};

export type VisitorLimits = ReturnType<typeof createVisitorLimits>;
