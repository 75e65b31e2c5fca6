// What all sockets share: how much each of them, each account and all together may send and leave unread.

import { LRUCache } from 'lru-cache';
import { type Rate, TokenBucket } from '../limits/tokenBucket.ts';
import type { Services } from '../services.ts';
import type { ConnectionContext } from './connection.ts';
import { createConcurrencyLimit } from './flow/concurrencyLimit.ts';
import { createMemoryBudget } from './flow/memoryBudget.ts';
import type { SocketMount } from './socketMount.ts';

/** Most bytes of messages in memory from the sockets of one address that no account has. */
const ANONYMOUS_BYTES = 4 * 1024 * 1024;
/** Accounts and networks whose frames are counted at once, those that sent one last. */
const OWNERS = 20_000;
/** Large frames that are carried out at once. */
const LARGE_AT_ONCE = 2;

type LimitsOfSockets = Pick<ConnectionContext, 'buffer' | 'output' | 'memory' | 'limited' | 'rate' | 'bucketOf'>;

export const limitsOfSockets = (
  { config, core, output }: Pick<Services, 'config' | 'core' | 'output'>,
  mounts: readonly SocketMount[],
): LimitsOfSockets => {
  // An account may have two of the largest messages in memory.
  const account = 2 * Math.max(...mounts.map(({ maxPayload }) => maxPayload));
  const all = Math.max(config.MAX_UNDER_WAY, account);
  const rateOf = (name: 'frames' | 'account-frames'): Rate => {
    const rate = core.limits.rateOf(name);
    return { ...rate, debt: rate.burst / 2 };
  };
  const buckets = new LRUCache<string, TokenBucket>({
    maxSize: OWNERS,
    sizeCalculation: () => 1,
    memoMethod: () => new TokenBucket(rateOf('account-frames')),
  });
  return {
    buffer: config.MAX_BUFFER,
    output,
    memory: createMemoryBudget({ all, account, address: ANONYMOUS_BYTES }),
    limited: createConcurrencyLimit(LARGE_AT_ONCE),
    rate: rateOf('frames'),
    bucketOf: ({ name }) => buckets.memo(name),
  };
};
