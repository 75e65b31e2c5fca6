// Checks each event of a log by its place and by the chain of its stream.

import type { Recorded } from '../store/ports.ts';
import { copiedIn, isChained, NO_HASH } from './chain.ts';

/** What is wrong, and where: at one position, or somewhere from `from` to `to`. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

/** The last event of a stream so far. */
export interface End {
  readonly revision: number;
  readonly hash: string;
  readonly position: number;
}

/** Of all streams: a log may have more than memory holds. */
export interface Ends {
  get(stream: string): End | undefined;
  set(stream: string, end: End): unknown;
}

export const faultAt = (position: number, what: string): Fault => ({ from: position, to: position, what });

const nameOf = ({ stream, revision }: Recorded): string => `event ${revision} of ${stream}`;

export const notAsRecorded = (event: Recorded): string =>
  `${nameOf(event)} is not what was recorded: its content does not fit its hash`;

/** Takes the events of a log from the first one on, each with the last event before it in its stream. */
export const createEventCheck = () => {
  let position = 0;
  /** Where the last event was in each log that this one was copied from. */
  const copied = new Map<string, number>();

  const misplaced = ({ stream, revision, position }: Recorded, before: End | undefined): Fault | undefined => {
    const expected = (before?.revision ?? -1) + 1;
    if (revision === expected) return undefined;
    if (revision < expected)
      return faultAt(position, `event ${revision} of ${stream} comes after event ${expected - 1}`);
    const from = (before?.position ?? 0) + 1;
    return { from, to: position, what: `${stream} lacks its event ${expected}: it was removed, or moved` };
  };

  const faultOf = (event: Recorded, before: End | undefined): Fault | undefined => {
    if (event.position <= position) return faultAt(event.position, 'the positions of the log do not rise');
    position = event.position;
    const fault = misplaced(event, before);
    if (fault !== undefined) return fault;
    if (!isChained(before?.hash ?? NO_HASH, event)) return faultAt(event.position, notAsRecorded(event));
    return strays(event)
      ? faultAt(event.position, `${nameOf(event)} notes another place in an earlier log than it had`)
      : undefined;
  };

  /** No hash covers these places, but a copy keeps the order. */
  const strays = ({ meta }: Recorded): boolean => {
    const places = copiedIn(meta);
    const isBehind = places.some(([log, place]) => place <= (copied.get(log) ?? 0));
    for (const [log, place] of places) copied.set(log, place);
    return isBehind;
  };

  return faultOf;
};
