// Verifies a log as it lies, from its first event on: its chains, its seals, their signatures, and seals that were kept elsewhere.

import { createVerifier, type Verifier } from '../auth/signing.ts';
import { decode } from '../domain/codec.ts';
import { Unreadable } from '../domain/envelope.ts';
import type { Event } from '../domain/events.ts';
import { type Log as LogState, logs, samePositions } from '../domain/log.ts';
import { isSeal, type Seal, sealIn } from '../domain/seal.ts';
import { THE_LOG, THE_SEALS } from '../domain/streams.ts';
import { hashIn, isChained, NO_HASH } from '../history/chain.ts';
import { type Claim, createLogCheck, type Ends, type Fault, notAsRecorded } from '../history/logCheck.ts';
import { type EventReader, Hidden, type Recorded } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import { hashOfText, isGoodSeal, type Sealed } from './seals.ts';

const PAGE = 1000;

type Log = Pick<EventReader, 'readStream' | 'readLog'>;

interface Options {
  /** Where to stop. */
  readonly head: number;
  /** Thumbprints. Undefined: the keys that the log itself names are good enough. */
  readonly trusted?: ReadonlySet<string> | undefined;
  /** Gets the keys that the log names. */
  readonly verifier?: Verifier;
  /** Empty; for the time of the check. */
  readonly ends: Ends;
  /** Kept where nobody who can change the log can change them. */
  readonly outside: readonly Seal[];
  readonly onProgress: (position: number, events: number) => void;
}

type Claiming = Pick<Options, 'head' | 'trusted'> & { readonly verifier: Verifier };

export interface Verified {
  /** The first one. Undefined: all fits. */
  readonly fault: Fault | undefined;
  readonly events: number;
  readonly seals: number;
  /** Events that a seal covers. */
  readonly sealed: number;
}

/** A seal itself is wrong. */
class FaultFound extends Error {
  override readonly name = 'FaultFound';
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.what);
    this.fault = fault;
  }
}

const wrong = (position: number, what: string): FaultFound => new FaultFound({ from: position, to: position, what });

const readable = (recorded: Recorded): Event => {
  try {
    return decode(recorded);
  } catch (error) {
    if (error instanceof Unreadable) throw wrong(recorded.position, error.message);
    throw error;
  }
};

/** `here`: the logs whose positions are those of this one. A seal that was copied names those of another. */
const claimOf = (event: Sealed, here: ReadonlySet<string>): Claim => {
  const { logId, size, root, upTo, tiles } = event.data;
  return {
    size,
    root: hashOfText(root),
    name: `the seal at position ${event.position}, of ${size} events at ${event.at}`,
    upTo: here.has(logId) ? upTo : undefined,
    tiles: new Map(tiles.flatMap(({ level, index, root }) => (level === 1 ? [[index, hashOfText(root)]] : []))),
  };
};

/** A stream that says something of the log: an event of it that was changed must not mislead. @throws FaultFound */
async function* chainedIn(events: Log, stream: string): AsyncGenerator<Event> {
  let before = NO_HASH;
  for await (const recorded of eventsIn(events, stream)) {
    if (!isChained(before, recorded)) throw wrong(recorded.position, notAsRecorded(recorded));
    before = hashIn(recorded.meta)!;
    yield readable(recorded);
  }
}

/** @throws FaultFound */
const identityIn = async (events: Log): Promise<LogState> => {
  let log = logs.initial();
  for await (const event of chainedIn(events, THE_LOG)) log = logs.evolve(log, event, event);
  return log;
};

/** What the seals in the log say, once their signatures were checked. @throws FaultFound */
async function* claimsIn(events: Log, { head, trusted, verifier }: Claiming): AsyncGenerator<Claim> {
  const here = samePositions(await identityIn(events));
  for await (const event of chainedIn(events, THE_SEALS)) {
    const { position } = event;
    if (position > head) return;
    if (event.type === 'SealKeyAdded') {
      if (trusted?.has(event.data.kid) === false)
        throw wrong(position, `the key ${event.data.kid} is not one that you trust`);
      if (!verifier.add(event.data)) throw wrong(position, 'the key is not the one that its thumbprint names');
    }
    if (!isSeal(event)) continue;
    if (!(await isGoodSeal(verifier, sealIn(event)))) throw wrong(position, 'the signature of the seal is not good');
    yield claimOf(event, here);
  }
}

/** Those of the log, and among them, by size, those that were kept elsewhere. */
async function* allClaims(inLog: AsyncGenerator<Claim>, outside: readonly Seal[]): AsyncGenerator<Claim> {
  const rest = outside
    .toSorted((one, other) => one.size - other.size)
    .map(
      ({ size, root, at }): Claim => ({
        size,
        root: hashOfText(root),
        name: `the seal of ${size} events at ${at} that was kept`,
      }),
    );
  for await (const claim of inLog) {
    while (rest[0] !== undefined && rest[0].size < claim.size) yield rest.shift()!;
    yield claim;
    // The same seal says nothing more.
    while (rest[0]?.size === claim.size && rest[0].root.equals(claim.root)) rest.shift();
  }
  yield* rest;
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
