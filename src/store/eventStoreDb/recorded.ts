// Whose events those of the log are, and numbers of the protocol.

import type { Recorded } from '../ports.ts';

/** The streams that the live subscription asks the node for, as a pattern: all but the node's own. See `isSystem`. */
export const FOLLOWED = '^[^$]';

/** Streams and events the node keeps for itself. */
const isSystem = ({ stream, type }: Recorded): boolean => stream.startsWith('$') || type.startsWith('$');

/** @throws RangeError a place beyond what a number holds exactly. */
export const safeInteger = (value: bigint | string | number): number => {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is not a safe integer`);
  return number;
};

/** Which events of the node are this program's. */
export interface OwnEvents {
  /** What the name of each of its streams at the node begins with: several programs may share the node. */
  readonly prefix: string;
  /** Told from those of other programs. `stream`: without the prefix. */
  readonly isOurs: (event: Pick<Recorded, 'stream' | 'meta'>) => boolean;
}

/**
 * An event of the node as this program knows it. Undefined: it is the node's own, or another program's.
 * @throws RangeError a position or revision of ours is not a safe integer
 */
export const recordedOf = (event: Recorded, { prefix, isOurs }: OwnEvents): Recorded | undefined => {
  if (isSystem(event) || !event.stream.startsWith(prefix)) return undefined;
  const recorded = prefix === '' ? event : { ...event, stream: event.stream.slice(prefix.length) };
  if (!isOurs(recorded)) return undefined;
  safeInteger(recorded.revision);
  safeInteger(recorded.position);
  return recorded;
};
