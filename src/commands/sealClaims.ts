// What seals say of a log, those in it and those that were kept elsewhere, once their signatures were checked.

import type { Verifier } from '../auth/signing.ts';
import { decode } from '../domain/codec.ts';
import { Unreadable } from '../domain/envelope.ts';
import type { Event } from '../domain/events.ts';
import { type Log as LogState, logs, samePositions } from '../domain/log.ts';
import { isSeal, type Seal, sealIn } from '../domain/seal.ts';
import { THE_LOG, THE_SEALS } from '../domain/streams.ts';
import { hashIn, isChained, NO_HASH } from '../history/chain.ts';
import { type Fault, notAsRecorded } from '../history/eventCheck.ts';
import type { Claim } from '../history/logCheck.ts';
import type { EventReader, Recorded } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import { hashOfText, isGoodSeal, type Sealed } from './seals.ts';

type Log = Pick<EventReader, 'readStream' | 'readLog'>;

export interface Claiming {
  /** Where to stop. */
  readonly head: number;
  /** Thumbprints. Undefined: the keys that the log itself names are good enough. */
  readonly trusted?: ReadonlySet<string> | undefined;
  readonly verifier: Verifier;
}

/** A seal itself is wrong. */
export class FaultFound extends Error {
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
export async function* claimsIn(events: Log, { head, trusted, verifier }: Claiming): AsyncGenerator<Claim> {
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
export async function* allClaims(inLog: AsyncGenerator<Claim>, outside: readonly Seal[]): AsyncGenerator<Claim> {
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
