// Whose events those of the log are, and numbers of the protocol.

import type { Recorded } from '../ports.ts';

/** The streams that the live subscription asks the node for, as a pattern: all but the node's own. See `isSystem`. */
export const FOLLOWED = '^[^$]';

/** Streams and events the node keeps for itself. */
export const isSystem = ({ stream, type }: Recorded): boolean => stream.startsWith('$') || type.startsWith('$');

/** @throws RangeError a place beyond what a number holds exactly. */
export const safeInteger = (value: bigint | string | number): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is not a safe integer`);
  return number;
};
