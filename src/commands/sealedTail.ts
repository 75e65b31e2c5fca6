// Whether the end of the log fits its last seals: looked at before a server begins to serve.

import { createVerifier } from '../auth/signing.ts';
import { decode } from '../domain/codec.ts';
import { logs } from '../domain/log.ts';
import { isSeal, parseSeal, type Seal, sealIn } from '../domain/seal.ts';
import { THE_LOG, THE_SEALS } from '../domain/streams.ts';
import { hashIn, NO_HASH } from '../history/chain.ts';
import { createChainCheck } from '../history/chainCheck.ts';
import { createTree, leafOf } from '../history/merkle.ts';
import { type EventReader, type LastSeal, PositionUnknown } from '../store/ports.ts';
import { createLogIdentity } from './logIdentity.ts';
import { eventsIn, stateIn } from './readEvents.ts';
import { hashOfText, isGoodSeal, type Sealed, sealsBackwards, textOfHash } from './seals.ts';

const PAGE = 1000;

/** The end of the log is not what was sealed. The message says so to the operator, and what to do. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
  /** Of the seal that does not fit. */
  readonly size: number;
  readonly why: string;
  constructor({ size, at }: Pick<Seal, 'size' | 'at'>, why: string) {
    super(
      `the log does not fit its last seal, of ${size} events at ${at}: ${why}. Somebody changed the log, or put an older ` +
        'one back, so no server serves it, and no verb records anything in it. `verbatim verify` names the first place that does not fit. Restore a backup; or, if ' +
        'the log is as you want it, run `verbatim accept-log` and start again',
    );
    this.size = size;
    this.why = why;
  }
}

type Log = Pick<EventReader, 'readStream' | 'readLog'>;

interface End {
  readonly last: Sealed;
  readonly earlier: Sealed | undefined;
  /** 0: nobody accepted it. */
  readonly acceptedAt: number;
}

/** Whether a key that the log names signed the seal. */
const isSigned = async (events: Log, seal: Sealed): Promise<boolean> => {
  for await (const recorded of eventsIn(events, THE_SEALS)) {
    const event = decode(recorded);
    if (event.type !== 'SealKeyAdded' || event.data.kid !== seal.data.kid) continue;
    const verifier = createVerifier();
    return verifier.add(event.data) && isGoodSeal(verifier, sealIn(seal));
  }
  return false;
};

/**
 * Where the events end that a seal covers: one that was copied names a position of another log. Undefined: the seal is of no log
 * that this one comes from.
 */
const endOfSealed = async (events: Log, { data: { logId, upTo } }: Sealed): Promise<number | undefined> => {
  const log = await stateIn(events, logs, THE_LOG);
  const place = await createLogIdentity(events, { ...log, logId: log.logId ?? '' }).placeOf(upTo, logId);
  return 'code' in place ? undefined : place.at;
};

/**
 * Computes the tree of the last seal from that of the seal before it; without one of this log, from the first event on. What an
 * operator accepted counts as it lies.
 */
const whyTailBroken = async (events: Log, { last, earlier, acceptedAt }: End): Promise<string | undefined> => {
  const { data } = last;
  if (!(await isSigned(events, last))) return 'nobody whose key the log names signed it';
  const end = earlier && (await endOfSealed(events, earlier));
  const before = end === undefined ? undefined : earlier?.data;
  const tree = createTree(before && { size: before.size, peaks: before.peaks.map(hashOfText) });
  const flawOf = createChainCheck(events);
  for (let position = end ?? 0; tree.size < data.size; ) {
    const page = await events.readLog(position, Math.min(PAGE, data.size - tree.size));
    if (page.length === 0) return `the log ends after ${tree.size} events`;
    for (const event of page) {
      const flaw = await flawOf(event);
      if (flaw !== undefined && event.position > acceptedAt)
        return `event ${event.position}, in ${event.stream}: ${flaw}`;
      tree.add(leafOf(hashOfText(hashIn(event.meta) ?? NO_HASH)));
    }
    position = page.at(-1)!.position;
  }
  return textOfHash(tree.root()) === data.root
    ? undefined
    : `an event after the position ${end ?? 0} was added, removed or moved`;
};

/** The last two seals, the position up to which an operator accepted the log since, and the seal of the size that was kept. */
const endOf = async (events: Log, keptSize: number) => {
  const seals: Sealed[] = [];
  let acceptedAt = 0;
  for await (const event of sealsBackwards(events)) {
    if (event.type === 'LogAccepted') acceptedAt = Math.max(acceptedAt, event.position);
    if (!isSeal(event)) continue;
    seals.push(event);
    if (seals.length >= 2 && event.data.size <= keptSize) break;
  }
  return { last: seals[0], earlier: seals[1], same: seals.find(({ data }) => data.size === keptSize), acceptedAt };
};

const unlessGone = async (work: Promise<string | undefined>): Promise<string | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PositionUnknown) return 'the last event that the seal before it covers is gone';
    throw error;
  }
};

/** Reads what was recorded since the last seal but one. @throws SealBroken; Unavailable */
export const checkSealedTail = async (events: Log, lastSeal: Pick<LastSeal, 'read'>): Promise<void> => {
  const text = await lastSeal.read();
  const kept = text === undefined ? undefined : parseSeal(text);
  const { last, earlier, same, acceptedAt } = await endOf(events, kept?.size ?? Number.POSITIVE_INFINITY);
  if (kept !== undefined && same?.data.root !== kept.root)
    throw new SealBroken(kept, `the log does not have that seal; its last one covers ${last?.data.size ?? 0} events`);
  if (last === undefined || acceptedAt > last.position) return;
  const why = await unlessGone(whyTailBroken(events, { last, earlier, acceptedAt }));
  if (why !== undefined) throw new SealBroken(sealIn(last), why);
};
