// The receipts of keyed commands: one cache for all streams of the process, bounded in bytes. A receipt that fell out of
// the cache is found in the views or, while those are away, in the stream.

import { LRUCache } from 'lru-cache';
import { decode } from '../domain/codec.ts';
import type { Event, Meta } from '../domain/events.ts';
import { Refused } from '../domain/refused.ts';
import { type EventStore, isLastPage, Unavailable } from '../store/ports.ts';

/** A command that was carried out under an idempotency key. */
export interface Receipt {
  readonly commandHash: string;
  readonly position: number;
  /** Of the last event of the command in its stream. The views do not know it. */
  readonly revision?: number;
  /** ISO time of recording. The views do not know it. */
  readonly at?: string;
}

/** How much of one stream is in the cache. */
export interface Coverage {
  readonly stream: string;
  /** Receipts up to this position of the log may be missing. 0: none is. */
  missingUpTo: number;
}

export interface Receipts {
  keep(coverage: Coverage, meta: Meta, recorded: Pick<Event, 'position' | 'revision' | 'at'>): void;
  /** The receipt of a command, if it is in the cache. @throws Refused `command-key-reused` it is another command's. */
  cached(coverage: Coverage, meta: Meta): Receipt | undefined;
  /**
   * The receipt of a command, wherever it is. `revision`: of the last event that is known of the stream.
   * @throws Refused `command-key-reused`; Unavailable
   */
  find(coverage: Coverage, meta: Meta, revision: number): Promise<Receipt | undefined>;
  /** The receipt with its time, which is read in the stream where the views told of the command. */
  timed(stream: string, receipt: Receipt): Promise<Receipt>;
}

export interface ReceiptsOptions {
  readonly events: Pick<EventStore, 'readStream'>;
  /** Asks views that have taken at least `position`. */
  readonly inViews: (commandId: string, position: number) => Promise<Receipt | undefined>;
  readonly maxBytes?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
/** Bytes that a receipt takes beside its texts, measured. */
const OVERHEAD = 400;
const PAGE = 1000;
/** Reading a stream with more events than this takes too long for one command. */
const READABLE = 10_000;

export const createReceipts = ({ events, inViews, maxBytes = MAX_BYTES }: ReceiptsOptions): Receipts => {
  const cache = new LRUCache<string, { readonly receipt: Receipt; readonly coverage: Coverage }>({
    maxSize: maxBytes,
    sizeCalculation: ({ receipt }, key) => OVERHEAD + key.length + receipt.commandHash.length,
    dispose: ({ receipt, coverage }, _, reason) => {
      if (reason === 'evict') coverage.missingUpTo = Math.max(coverage.missingUpTo, receipt.position);
    },
  });
  /** Where a command was looked for and not found: the views need not be asked again. */
  const lacking = new WeakMap<Meta, Coverage>();

  const keep: Receipts['keep'] = (coverage, { commandId, commandHash }, { position, revision, at }) => {
    if (commandId === undefined || commandHash === undefined) return;
    cache.set(`${coverage.stream} ${commandId}`, { receipt: { commandHash, position, revision, at }, coverage });
  };

  const checked = (receipt: Receipt | undefined, { commandHash }: Meta): Receipt | undefined => {
    if (receipt && receipt.commandHash !== commandHash) throw new Refused('command-key-reused');
    return receipt;
  };

  const cached: Receipts['cached'] = ({ stream }, meta) =>
    meta.commandId === undefined ? undefined : checked(cache.get(`${stream} ${meta.commandId}`)?.receipt, meta);

  const readWhole = async (stream: string): Promise<readonly Event[]> => {
    const found: Event[] = [];
    for (;;) {
      const page = await events.readStream(stream, { from: found.length, limit: PAGE });
      found.push(...page.map(decode));
      if (isLastPage(page, PAGE)) return found;
    }
  };

  const find: Receipts['find'] = async (coverage, meta, revision) => {
    const { commandId } = meta;
    const known = cached(coverage, meta);
    if (known || commandId === undefined || coverage.missingUpTo === 0 || lacking.get(meta) === coverage) return known;
    let receipt: Receipt | undefined;
    try {
      receipt = checked(await inViews(commandId, coverage.missingUpTo), meta);
    } catch (error) {
      if (!(error instanceof Unavailable) || revision >= READABLE) throw error;
      const whole = await readWhole(coverage.stream);
      coverage.missingUpTo = 0;
      for (const event of whole) keep(coverage, event.meta, event);
      receipt = cached(coverage, meta);
    }
    if (!receipt) lacking.set(meta, coverage);
    return receipt;
  };

  const timed: Receipts['timed'] = async (stream, receipt) => {
    if (receipt.at !== undefined) return receipt;
    const event = (await readWhole(stream)).find(({ position }) => position === receipt.position);
    return event ? { ...receipt, at: event.at } : receipt;
  };

  return { keep, cached, find, timed };
};
