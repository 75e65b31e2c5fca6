// Proofs from the seals: that an event is in the log, and that a later seal covers everything that an earlier one covered. They read
// tiles from the views, and the few events beside them from the log.

import { contentOf, hashIn, NO_HASH } from '../history/chain.ts';
import { type Hash, leafOf, leavesOf, TILE } from '../history/merkle.ts';
import { consistencyPath, inclusionPath, type Stretch } from '../history/merkleProofs.ts';
import { isTile, joined, piecesOf } from '../history/treePieces.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { type EventReader, type Recorded, Unavailable } from '../store/ports.ts';
import type { LogIdentity } from './logIdentity.ts';
import { hashOfText, lastSealIn, type Sealed, textOfHash } from './seals.ts';

/** Milliseconds that a proof waits for the views to take the last seal. */
const WAIT = 10_000;

interface Options {
  /** As it lies. */
  readonly recorded: Pick<EventReader, 'readStream' | 'readLog'>;
  readonly queries: Pick<Queries, 'tiles'>;
  readonly progress: Pick<Progress, 'reached'>;
  readonly logIdentity: Pick<LogIdentity, 'placeOf'>;
}

export type Proofs = ReturnType<typeof createProofs>;

export const createProofs = ({ recorded, queries, progress, logIdentity }: Options) => {
  const tilesOf = async (wanted: readonly { readonly level: number; readonly index: number }[]) => {
    const found = await queries.tiles(wanted);
    return found.map((tile) => {
      if (tile === undefined) throw new Unavailable('views', new Error('they lack a part of the tree of the seals'));
      return tile;
    });
  };

  /** The position behind the first `index` tiles of leaves. */
  const startOf = async (index: number): Promise<number> => {
    if (index === 0) return 0;
    const [tile] = await tilesOf([{ level: 1, index: index - 1 }]);
    const place = await logIdentity.placeOf(tile!.upTo, tile!.logId);
    if ('code' in place) throw new Unavailable('views', new Error('they belong to another log'));
    return place.at;
  };

  const eventsOfTile = async (index: number): Promise<readonly Recorded[]> => {
    const events: Recorded[] = [];
    for (let position = await startOf(index); events.length < TILE; position = events.at(-1)!.position) {
      const page = await recorded.readLog(position, TILE - events.length);
      if (page.length === 0) break;
      events.push(...page);
    }
    return events;
  };

  /** The root of each stretch, as text. */
  const rootsOf = async (stretches: readonly Stretch[]): Promise<readonly string[]> => {
    const pieces = stretches.map(piecesOf);
    const wanted = pieces.flat().filter(isTile);
    const found = await tilesOf(wanted);
    const roots = new Map(wanted.map(({ level, index }, i) => [`${level}-${index}`, hashOfText(found[i]!.root)]));
    const blocks = new Map<number, readonly Hash[]>();
    const leavesIn = async ({ start, end }: Stretch) => {
      const block = Math.floor(start / TILE);
      if (!blocks.has(block))
        blocks.set(
          block,
          (await eventsOfTile(block)).map(({ meta }) => leafOf(hashOfText(hashIn(meta)!))),
        );
      return blocks.get(block)!.slice(start - block * TILE, end - block * TILE);
    };
    const answers: string[] = [];
    for (const parts of pieces) {
      const nodes: { size: number; root: Hash }[] = [];
      for (const part of parts)
        if (isTile(part)) nodes.push({ size: leavesOf(part.level), root: roots.get(`${part.level}-${part.index}`)! });
        else nodes.push(...(await leavesIn(part)).map((root) => ({ size: 1, root })));
      answers.push(textOfHash(joined(nodes)));
    }
    return answers;
  };

  /** The last seal, once the views have taken it. Undefined: the log has none. */
  const sealed = async (): Promise<Sealed | undefined> => {
    const last = await lastSealIn(recorded);
    if (last !== undefined && !(await progress.reached(last.position, WAIT)))
      throw new Unavailable('views', new Error('they have not taken the last seal yet'));
    return last;
  };

  /** The event at a position, and its place among the first `size`, found by halves. Undefined: none of these lies there. */
  const eventAt = async (position: number, size: number) => {
    let [low, high] = [0, Math.floor(size / TILE)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await startOf(middle + 1)) < position) low = middle + 1;
      else high = middle;
    }
    const events = await eventsOfTile(low);
    const place = events.findIndex((event) => event.position === position);
    const index = low * TILE + place;
    return place === -1 || index >= size ? undefined : { event: events[place]!, index };
  };

  return {
    sealed,
    rootsOf,
    /** Undefined: the event is not there, or no seal covers it yet. @throws Unavailable */
    ofEvent: async (id: string, position: number) => {
      const seal = await sealed();
      if (seal === undefined) return undefined;
      const { size } = seal.data;
      const found = await eventAt(position, size);
      if (found?.event.id !== id) return undefined;
      const { event, index } = found;
      const { stream, revision, meta } = event;
      const [before] = revision === 0 ? [] : await recorded.readStream(stream, { from: revision - 1, limit: 1 });
      const content = contentOf(before ? hashIn(before.meta)! : NO_HASH, event);
      const path = await rootsOf(inclusionPath(index, { start: 0, end: size }));
      return { event, content, hash: hashIn(meta)!, index, size, path, seal };
    },
    /** @throws Unavailable */
    ofConsistency: (first: number, second: number): Promise<readonly string[]> =>
      rootsOf(consistencyPath(first, { start: 0, end: second })),
  };
};
