// Verifies a log as it lies, from its first event on: its chains, its seals, their signatures, and seals that were kept elsewhere.

import { createVerifier, type Verifier } from '../auth/signing.ts';
import type { Seal } from '../domain/seal.ts';
import type { Ends, Fault } from '../history/eventCheck.ts';
import { createLogCheck } from '../history/logCheck.ts';
import { type EventReader, Hidden } from '../store/ports.ts';
import { allClaims, type Claiming, claimsIn, FaultFound } from './sealClaims.ts';

const PAGE = 1000;

type Log = Pick<EventReader, 'readStream' | 'readLog'>;

interface Options extends Omit<Claiming, 'verifier'> {
  /** Gets the keys that the log names. */
  readonly verifier?: Verifier;
  /** Empty; for the time of the check. */
  readonly ends: Ends;
  /** Kept where nobody who can change the log can change them. */
  readonly outside: readonly Seal[];
  readonly onProgress: (position: number, events: number) => void;
}

export interface Verified {
  /** The first one. Undefined: all fits. */
  readonly fault: Fault | undefined;
  readonly events: number;
  readonly seals: number;
  /** Events that a seal covers. */
  readonly sealed: number;
}

/** What reading a damaged log says. */
const faultBehind = (error: unknown, position: number): Fault => {
  if (error instanceof Hidden)
    return { from: position + 1, to: position + 1, what: `an event is missing: ${error.message}` };
  throw error;
};

/** The one that lies first. */
const firstOf = (...faults: readonly (Fault | undefined)[]): Fault | undefined =>
  faults.filter((fault) => fault !== undefined).toSorted((one, other) => one.from - other.from)[0];

/** @throws Unavailable, or the error of a store that is damaged */
export const verifyLog = async (events: Log, options: Options): Promise<Verified> => {
  const { head, outside, ends, trusted, verifier = createVerifier(), onProgress } = options;
  /** Of a seal, which is read before the walk comes to it: something before it may be wrong, too. */
  let ahead: Fault | undefined;
  const claims = async function* () {
    try {
      yield* allClaims(claimsIn(events, { head, trusted, verifier }), outside);
    } catch (error) {
      if (!(error instanceof FaultFound)) throw error;
      ahead = error.fault;
    }
  };
  const check = createLogCheck({ claims: claims(), ends });
  const walk = async (): Promise<Fault | undefined> => {
    while (check.position < head && !(ahead && ahead.from <= check.position)) {
      const page = (await events.readLog(check.position, PAGE)).filter(({ position }) => position <= head);
      if (page.length === 0) break;
      const fault = await check.take(page);
      if (fault !== undefined) return fault;
      onProgress(check.position, check.events);
    }
    return ahead ?? check.end();
  };
  const fault = firstOf(await walk().catch((error: unknown) => faultBehind(error, check.position)), ahead);
  const { events: count, seals, sealed } = check;
  return { fault, events: count, seals, sealed };
};
