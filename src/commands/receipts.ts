// The receipts of keyed commands: one cache for all streams of the process, bounded in bytes. A receipt that the cache
// dropped is found in the views or, while those are away, in the stream.

import { LRUCache } from 'lru-cache';
import { decode } from '../domain/codec.ts';
import type { Event, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { type History, Unavailable } from '../store/ports.ts';
import { eventsIn } from './readEvents.ts';
import type { Receipt } from './receiptAt.ts';

type Recording = Pick<Event, 'position' | 'revision' | 'at'>;

/** As it is kept. `commandHash`: null while the event is sealed, until somebody comes with the same key. */
type Kept = Omit<Receipt, 'commandHash'> & { readonly commandHash: string | null };

/** How much of one stream is in the cache. */
export interface Coverage {
  readonly stream: string;
  /** Receipts up to this position of the log may be missing. 0: none is. */
  missingUpTo: number;
}

export interface ReceiptsOptions {
  readonly events: Pick<History, 'readStream' | 'recorded'>;
  /** Asks the views, once they have taken every event up to `position`. */
  readonly inViews: (commandId: string, position: number) => Promise<Receipt | undefined>;
  readonly maxBytes?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
/** Bytes of a receipt without its texts, measured. */
const OVERHEAD = 400;
/** Events of a stream that one command may read: more would take too long. */
const READABLE = 10_000;

export type Receipts = ReturnType<typeof createReceipts>;

export const createReceipts = ({ events, inViews, maxBytes = MAX_BYTES }: ReceiptsOptions) => {
  const cache = new LRUCache<string, { readonly receipt: Kept; readonly coverage: Coverage }>({
    maxSize: maxBytes,
    sizeCalculation: ({ receipt }, key) => OVERHEAD + key.length + (receipt.commandHash?.length ?? 0),
    dispose: ({ receipt, coverage }, _, reason) => {
      if (reason === 'evict') coverage.missingUpTo = Math.max(coverage.missingUpTo, receipt.position);
    },
  });
  /** Commands that the views lack, so that they need not be asked again. */
  const lacking = new WeakMap<Meta, Coverage>();

  /** `isSealed`: nobody has opened the event. */
  const keep = (coverage: Coverage, meta: Meta, recorded: Recording, isSealed = false): void => {
    const { commandId, commandHash } = meta;
    if (commandId === undefined || commandHash === undefined) return;
    const { position, revision, at } = recorded;
    const receipt = { commandHash: isSealed ? null : commandHash, position, revision, at };
    cache.set(`${coverage.stream} ${commandId}`, { receipt, coverage });
  };

  const keptOf = ({ stream }: Coverage, { commandId }: Meta): Kept | undefined =>
    commandId === undefined ? undefined : cache.get(`${stream} ${commandId}`)?.receipt;

  /** Opens the event of the command if it is sealed: only whoever comes with its key needs to know what it said. @throws Unavailable */
  const unseal = async (coverage: Coverage, meta: Meta): Promise<void> => {
    const { commandHash, revision } = keptOf(coverage, meta) ?? {};
    if (commandHash !== null || revision === undefined) return;
    const [recorded] = await events.readStream(coverage.stream, { from: revision, limit: 1 });
    if (recorded === undefined) throw new Unavailable('events');
    const event = decode(recorded);
    keep(coverage, event.meta, event);
  };

  const checked = (receipt: Receipt | undefined, { commandHash }: Meta): Receipt | undefined => {
    if (receipt && receipt.commandHash !== '' && receipt.commandHash !== commandHash)
      throw new Refused('command-key-reused');
    return receipt;
  };

  /** The receipt, if it is in the cache, and not sealed. @throws Refused `command-key-reused` if it is of another command */
  const cached = (coverage: Coverage, meta: Meta): Receipt | undefined => {
    const kept = keptOf(coverage, meta);
    if (kept === undefined || kept.commandHash === null) return undefined;
    return checked({ ...kept, commandHash: kept.commandHash }, meta);
  };

  const cacheWhole = async (coverage: Coverage): Promise<void> => {
    const whole: Event[] = [];
    for await (const recorded of eventsIn(events.recorded, coverage.stream)) whole.push(decode(recorded));
    coverage.missingUpTo = 0;
    for (const event of whole) keep(coverage, event.meta, event, event.isClosed);
  };

  /**
   * The receipt, wherever it is. `revision`: of the last known event of the stream.
   * @throws Refused `command-key-reused`; Unavailable
   */
  const find = async (coverage: Coverage, meta: Meta, revision: number): Promise<Receipt | undefined> => {
    const { commandId } = meta;
    await unseal(coverage, meta);
    const known = cached(coverage, meta);
    if (known || commandId === undefined || coverage.missingUpTo === 0 || lacking.get(meta) === coverage) return known;
    let receipt: Receipt | undefined;
    try {
      receipt = checked(await inViews(commandId, coverage.missingUpTo), meta);
    } catch (error) {
      if (!(error instanceof Unavailable) || revision >= READABLE) throw error;
      await cacheWhole(coverage);
      await unseal(coverage, meta);
      receipt = cached(coverage, meta);
    }
    if (!receipt) lacking.set(meta, coverage);
    return receipt;
  };

  /** The receipt with its time, which the views do not know. */
  const timed = async (stream: string, receipt: Receipt): Promise<Receipt> => {
    if (receipt.at !== undefined) return receipt;
    for await (const recorded of eventsIn(events, stream))
      if (recorded.position === receipt.position) return { ...receipt, at: decode(recorded).at };
    return receipt;
  };

  return { keep, unseal, cached, find, timed };
};
