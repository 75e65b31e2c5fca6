// Checks a log from its first event on: each event by the chain of its stream, and the whole by what seals say of it. Finds the first
// place that does not fit.

import type { Recorded } from '../store/ports.ts';
import { hashIn } from './chain.ts';
import { createEventCheck, type Ends, type Fault, faultAt } from './eventCheck.ts';
import { createTree, type Hash, leafOf } from './merkle.ts';

/** Tiles between two seals that are compared, to narrow down where the log was changed. */
const TILES = 4096;

/** What a seal says of the log. */
export interface Claim {
  readonly size: number;
  readonly root: Hash;
  /** Which one, in words. */
  readonly name: string;
  /** Where the last event lies that it covers. Undefined: it is of another log, or tells nothing of it. */
  readonly upTo?: number | undefined;
  /** Roots of the tiles of the first level, by their index. */
  readonly tiles?: ReadonlyMap<number, Hash>;
}

export interface LogCheckOptions {
  /** Rising by size. */
  readonly claims: AsyncIterator<Claim>;
  /** By stream. */
  readonly ends: Ends;
}

export const createLogCheck = ({ claims, ends }: LogCheckOptions) => {
  const tree = createTree();
  const check = createEventCheck();
  let [position, agreed] = [0, 0];
  /** Since the last seal that agreed. */
  let tiles: { readonly index: number; readonly root: Hash; readonly from: number; readonly to: number }[] = [];
  let tileFrom = 1;
  let claim: Claim | undefined;
  let [seals, sealed] = [0, 0];

  const grow = (hash: string): void => {
    for (const { level, index, root } of tree.add(leafOf(Buffer.from(hash, 'base64url'))))
      if (level === 1) {
        if (tiles.length < TILES) tiles.push({ index, root, from: tileFrom, to: position });
        tileFrom = position + 1;
      }
  };

  /** The log does not agree with a seal: narrows down where it was changed. */
  const disagrees = ({ name, ...said }: Claim, what: string): Fault => {
    const wrong = tiles.find(({ index, root }) => said.tiles?.get(index)?.equals(root) === false);
    const right = tiles.findLast(
      ({ index, root }) => said.tiles?.get(index)?.equals(root) && index < (wrong?.index ?? Infinity),
    );
    const from = Math.max(agreed, right?.to ?? 0) + 1;
    return { from, to: Math.max(from, wrong?.to ?? position), what: `${what} ${name}` };
  };

  const nextClaim = async (): Promise<void> => {
    const { value, done } = await claims.next();
    claim = done ? { size: Number.POSITIVE_INFINITY, root: Buffer.alloc(0), name: '' } : value;
  };

  /** Compares the log up to here with the seals of this size. */
  const compare = async (): Promise<Fault | undefined> => {
    if (claim === undefined) await nextClaim();
    for (; claim!.size <= tree.size; await nextClaim()) {
      const said = claim!;
      if (said.size < tree.size) return faultAt(position, `${said.name} covers fewer events than the one before it`);
      if (!tree.root().equals(said.root)) return disagrees(said, 'an event was changed, added, removed or moved since');
      if (said.upTo !== undefined && said.upTo !== position)
        return disagrees(said, `the last event has another position than ${said.upTo}, which it had at`);
      [agreed, tiles] = [position, []];
      seals += 1;
      sealed = said.size;
    }
    return undefined;
  };

  return {
    get events() {
      return tree.size;
    },
    get position() {
      return position;
    },
    /** That agreed. */
    get seals() {
      return seals;
    },
    /** Events that they cover. */
    get sealed() {
      return sealed;
    },
    /** The next events of the log. @returns the first fault among them */
    take: async (events: readonly Recorded[]): Promise<Fault | undefined> => {
      for (const event of events) {
        const fault = check(event, ends.get(event.stream));
        if (fault !== undefined) return fault;
        position = event.position;
        const hash = hashIn(event.meta)!;
        ends.set(event.stream, { revision: event.revision, hash, position });
        grow(hash);
        if (claim === undefined || claim.size <= tree.size) {
          const found = await compare();
          if (found !== undefined) return found;
        }
      }
      return undefined;
    },
    /** There are no more events. */
    end: async (): Promise<Fault | undefined> => {
      if (claim === undefined) await nextClaim();
      if (claim!.size === Number.POSITIVE_INFINITY) return undefined;
      const { size } = claim!;
      return disagrees(claim!, `the log ends after ${tree.size} events, and ${size} were covered by`);
    },
  };
};
