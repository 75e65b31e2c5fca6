// Seals the log: signs the root of the Merkle tree over all its events, and records that, so that nobody can change unseen what
// lies before.

import { encode } from '../domain/codec.ts';
import type { DataOf, Meta } from '../domain/events.ts';
import { isSeal, type Seal, sealIn } from '../domain/seal.ts';
import { THE_SEALS } from '../domain/streams.ts';
import { hashIn } from '../history/chain.ts';
import { createTree, leafOf } from '../history/merkle.ts';
import { createPace } from '../projections/pace.ts';
import { Conflict, type History, isLastPage, NO_STREAM, type Recorded, Unavailable } from '../store/ports.ts';
import type { LogIdentity } from './logIdentity.ts';
import { claimTextOf, hashOfText, type Sealed, sealsBackwards, textOfHash } from './seals.ts';
import type { Signer } from './signer.ts';

/** Events that one seal covers anew, at most: its tiles fit into one event. */
const MOST = 2 ** 18;
/** A seal is made beside requests: a page takes a millisecond or two. */
const PAGE = 100;
/** Another process may seal at the same moment. */
const ATTEMPTS = 8;

interface Options {
  readonly events: History;
  readonly signer: Signer;
  readonly logIdentity: Pick<LogIdentity, 'logId' | 'placeOf'>;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Gets each new seal once it is recorded. */
  readonly onSealed: (seal: Seal) => Promise<void>;
}

export type SealLog = ReturnType<typeof createSealLog>;

const entryOf = ({ meta, stream, position }: Recorded): Buffer => {
  const hash = hashIn(meta);
  if (hash === undefined)
    throw new Error(`event ${position}, in ${stream}, is not chained: another program recorded it`);
  return hashOfText(hash);
};

const isOfSeals = ({ stream }: Recorded): boolean => stream === THE_SEALS;

export const createSealLog = ({ events, signer, logIdentity, now, newId, onSealed }: Options) => {
  /**
   * Where to go on, in this log: a seal that was copied names a position of another one. Undefined: the seal is of no log that
   * this one comes from.
   */
  const placeAfter = async ({ data: { upTo, logId } }: Sealed): Promise<number | undefined> => {
    const place = await logIdentity.placeOf(upTo, logId);
    return 'code' in place ? undefined : place.at;
  };

  /** The tree up to the end of the log, or `MOST` events further. Undefined: nothing but seals was recorded since. */
  const grown = async (last: Sealed | undefined) => {
    const place = last && (await placeAfter(last));
    const before = place === undefined ? undefined : last?.data;
    const tree = createTree(before && { size: before.size, peaks: before.peaks.map(hashOfText) });
    const tiles: DataOf<'LogSealed'>['tiles'] = [];
    const end = tree.size + MOST;
    let [upTo, isNew] = [place ?? 0, false];
    // Each page is a turn.
    const rest = createPace(undefined, 0);
    for (let isOver = false; !isOver && tree.size < end; ) {
      const limit = Math.min(PAGE, end - tree.size);
      const page = await events.recorded.readLog(upTo, limit);
      for (const event of page) {
        upTo = event.position;
        isNew ||= !isOfSeals(event);
        for (const { level, index, root } of tree.add(leafOf(entryOf(event))))
          tiles.push({ level, index, root: textOfHash(root), upTo });
      }
      isOver = isLastPage(page, limit);
      await rest();
    }
    const { size } = tree;
    return isNew
      ? { size, root: textOfHash(tree.root()), upTo, peaks: tree.peaks().map(textOfHash), tiles }
      : undefined;
  };

  /** @throws Conflict another process sealed first */
  const sealOnce = async (meta: Meta): Promise<Seal | undefined> => {
    await signer.record(meta);
    let end = NO_STREAM;
    let last: Sealed | undefined;
    for await (const event of sealsBackwards(events)) {
      end = Math.max(end, event.revision);
      if (isSeal(event)) last = event;
      if (last !== undefined) break;
    }
    const tree = await grown(last);
    if (tree === undefined) return last && sealIn(last);
    const at = now().toISOString();
    const claim = { logId: logIdentity.logId, size: tree.size, root: tree.root, at };
    const signed = { kid: signer.kid, jws: await signer.sign('seal', claimTextOf(claim), meta) };
    const data = { logId: claim.logId, ...tree, ...signed };
    await events.append(THE_SEALS, end, [encode(newId(), { type: 'LogSealed', data }, at, meta)]);
    const seal = { ...claim, ...signed };
    await onSealed(seal);
    return seal;
  };

  const sealNext = async (meta: Meta): Promise<Seal> => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++)
      try {
        const seal = await sealOnce(meta);
        if (seal !== undefined) return seal;
        throw new Error('the log has no events');
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
    throw new Unavailable('events', new Error('other processes keep sealing the log'));
  };

  /**
   * Seals everything that was recorded before the call. If nothing but seals was recorded since the last one, that one stays.
   * @returns the last seal. @throws Unavailable
   */
  return async (meta: Meta): Promise<Seal> => {
    let seal = await sealNext(meta);
    for (let size = 0; seal.size - size >= MOST; ) {
      size = seal.size;
      seal = await sealNext(meta);
    }
    return seal;
  };
};
