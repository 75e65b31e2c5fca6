// Verifies a log as it lies, from its first event on: its chains, its seals, their signatures, and seals that were kept elsewhere.

import { createSealVerifier } from '../auth/sealKey.ts';
import { decode, Unreadable } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { isSeal, type Seal, sealIn } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import { type Claim, createLogCheck, type Fault, FaultFound } from '../history/logCheck.ts';
import { type EventReader, Hidden, type Recorded } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import { hashOfText, type Sealed } from './seals.ts';

const PAGE = 1000;

type Log = Pick<EventReader, 'readStream' | 'readLog'>;

interface Options {
  /** Where to stop. */
  readonly head: number;
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

const wrong = (position: number, what: string): FaultFound => new FaultFound({ from: position, to: position, what });

const readable = (recorded: Recorded): Event => {
  try {
    return decode(recorded);
  } catch (error) {
    if (error instanceof Unreadable) throw wrong(recorded.position, error.message);
    throw error;
  }
};

const claimOf = (event: Sealed): Claim => {
  const { size, root, upTo, tiles } = event.data;
  return {
    size,
    root: hashOfText(root),
    name: `the seal at position ${event.position}, of ${size} events at ${event.at}`,
    // A seal that was copied names positions of another log.
    upTo: event.meta.copied === undefined ? upTo : undefined,
    tiles: new Map(tiles.flatMap(({ level, index, root }) => (level === 1 ? [[index, hashOfText(root)]] : []))),
  };
};

/** What the seals in the log say, once their signatures were checked. @throws FaultFound */
async function* claimsIn(events: Log, head: number): AsyncGenerator<Claim> {
  const { add, isGood } = createSealVerifier();
  for await (const recorded of eventsIn(events, THE_SEALS)) {
    const { position } = recorded;
    if (position > head) return;
    const event = readable(recorded);
    if (event.type === 'SealKeyAdded' && !add(event.data.kid, event.data.x))
      throw wrong(position, 'the key of seals is not the one that its thumbprint names');
    if (!isSeal(event)) continue;
    if (!(await isGood(sealIn(event)))) throw wrong(position, 'the signature of the seal is not good');
    yield claimOf(event);
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
  if (error instanceof FaultFound) return error.fault;
  if (error instanceof Hidden)
    return { from: position + 1, to: position + 1, what: `an event is missing: ${error.message}` };
  throw error;
};

/** @throws Unavailable, or the error of a store that is damaged */
export const verifyLog = async (events: Log, { head, outside, onProgress }: Options): Promise<Verified> => {
  const check = createLogCheck({
    claims: allClaims(claimsIn(events, head), outside),
    read: async (stream, revision) => (await events.readStream(stream, { from: revision, limit: 1 }))[0],
  });
  const walk = async (): Promise<Fault | undefined> => {
    while (check.position < head) {
      const page = (await events.readLog(check.position, PAGE)).filter(({ position }) => position <= head);
      if (page.length === 0) break;
      const fault = await check.take(page);
      if (fault !== undefined) return fault;
      onProgress(check.position, check.events);
    }
    return check.end();
  };
  const fault = await walk().catch((error: unknown) => faultBehind(error, check.position));
  const { events: count, seals, sealed } = check;
  return { fault, events: count, seals, sealed };
};
