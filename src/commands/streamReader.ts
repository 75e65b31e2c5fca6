// Reading a stream for the ledger: its state, its end, and the keyed commands that are recorded in it.

import { decode } from '../domain/codec.ts';
import type { Meta } from '../domain/events.ts';
import { type EventStore, isLastPage, NO_STREAM } from '../store/ports.ts';
import type { Stream } from './decideQueued.ts';

const PAGE = 1000;

/** `keptReceipts`: how many are remembered of a stream without state. */
export const createStreamReader = (events: Pick<EventStore, 'readStream'>, keptReceipts: number) => {
  const keepReceipt = (stream: Stream, meta: Meta, { position, at }: { position: number; at: string }): void => {
    if (meta.commandId === undefined || meta.commandHash === undefined) return;
    stream.receipts.set(meta.commandId, { commandHash: meta.commandHash, position, at });
    if (!stream.aggregate.stateless || stream.receipts.size <= keptReceipts) return;
    const [oldest, receipt] = stream.receipts.entries().next().value!;
    stream.receipts.delete(oldest);
    stream.takenUpAt = receipt.position;
  };

  /** Takes up a stream whose history no decision needs at its last event. */
  const takeUp = async (stream: Stream): Promise<void> => {
    const [last] = await events.readStream(stream.name, { backwards: true, limit: 1 });
    stream.state = stream.aggregate.initial();
    stream.revision = last?.revision ?? NO_STREAM;
    stream.position = stream.takenUpAt = last?.position ?? 0;
  };

  const remember = (stream: Stream): void => {
    stream.seen = { state: stream.state, revision: stream.revision!, at: performance.now() };
  };

  /** What was appended after `since`, by `performance.now()`, may be missing. */
  const refresh = async (stream: Stream, since = performance.now()): Promise<void> => {
    if (stream.revision === undefined) {
      stream.receipts = new Map();
      if (stream.aggregate.stateless) return takeUp(stream);
      stream.state = stream.aggregate.initial();
      stream.revision = NO_STREAM;
    }
    // What is read from the first event need not have come meanwhile.
    const hadEnd = stream.revision !== NO_STREAM;
    for (;;) {
      const page = await events.readStream(stream.name, { from: stream.revision + 1, limit: PAGE, since });
      if (hadEnd && page.length > 0) stream.sharedAt = performance.now();
      for (const recorded of page) {
        const event = decode(recorded);
        stream.state = stream.aggregate.evolve(stream.state, event, event);
        stream.revision = event.revision;
        stream.position = event.position;
        keepReceipt(stream, event.meta, event);
      }
      if (isLastPage(page, PAGE)) break;
    }
    remember(stream);
  };

  /** After an append that failed, or was not answered: what was decided is not what was recorded. */
  const forget = (stream: Stream): void => {
    // Nothing of such a stream is folded, and its receipts hold: it is read on from where it was. Taken up anew it would
    // lack the receipts of what others recorded meanwhile, perhaps of the same command.
    if (!stream.aggregate.stateless) stream.revision = undefined;
  };

  /**
   * Brings a stream up to date for deciding upon it. What others appended to a stream without state matters to no
   * decision but that of the same command: the append meets it then, and conflicts, or the log has told of it by then.
   */
  const prepare = (stream: Stream, attempt: number): Promise<void> => {
    const isKnown = stream.aggregate.stateless && stream.revision !== undefined && stream.heardOf <= stream.revision;
    return isKnown && attempt === 1 ? Promise.resolve() : refresh(stream);
  };

  /**
   * Reads a stream that was taken up midway from its first event, so that it knows all its commands without the views.
   * False: it is too long for that.
   */
  const readWhole = async (stream: Stream): Promise<boolean> => {
    if (stream.takenUpAt === 0) return true;
    if (stream.revision === undefined || stream.revision >= keptReceipts) return false;
    stream.revision = NO_STREAM;
    stream.receipts = new Map();
    stream.takenUpAt = 0;
    await refresh(stream);
    return true;
  };

  return { keepReceipt, remember, refresh, forget, prepare, readWhole };
};
