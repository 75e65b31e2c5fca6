// What a client is told of its limits, in the fields of draft-ietf-httpapi-ratelimit-headers-10.

import type { Count, TooManyRequests } from './limits.ts';
import type { Policy } from './table.ts';

type Headers = Readonly<Record<string, string>>;

const fields = ({ name, quota, window }: Policy, left: number, seconds: number): Headers => ({
  'RateLimit-Policy': `"${name}";q=${quota};w=${window}`,
  RateLimit: `"${name}";r=${left};t=${seconds}`,
});

/** Of the limit that is nearest to its end; none was counted: no fields. */
export const limitHeaders = (counts: readonly Count[]): Headers => {
  const [nearest] = counts.toSorted((one, other) => one.left / one.quota - other.left / other.quota);
  return nearest ? fields(nearest, nearest.left, nearest.resets) : {};
};

export const refusedHeaders = ({ policy, retryAfter }: TooManyRequests): Headers => ({
  'Retry-After': String(retryAfter),
  ...fields(policy, 0, retryAfter),
});
