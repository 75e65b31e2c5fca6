// How many events every event store gives at once.

const PAGE_LIMITS = { default: 1000, most: 5000 } as const;

/** @throws RangeError `limit` is not a whole number from 1 to `PAGE_LIMITS.most`. */
export function checkLimit(limit: number = PAGE_LIMITS.default): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMITS.most) return limit;
  throw new RangeError(`a limit of ${limit} is not between 1 and ${PAGE_LIMITS.most}`);
}
