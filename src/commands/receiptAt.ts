// The receipt of a command, from its last event in the log.

import { decode } from '../domain/codec.ts';
import type { ReceiptDoc } from '../projections/receipts.ts';
import { type EventStore, Unavailable } from '../store/ports.ts';

/** A command that was carried out under an idempotency key. */
export interface Receipt {
  /** Empty: what the command said was erased. Whatever comes under its key is taken for a retry. */
  readonly commandHash: string;
  readonly position: number;
  /** Of the last event of the command in its stream. The views do not know it. */
  readonly revision?: number;
  /** ISO time of recording. The views do not know it. */
  readonly at?: string;
}

/** `place`: of the last event of the command, as the views know it. @throws Unavailable */
export const receiptAt = async (
  events: Pick<EventStore, 'readStream'>,
  place: Pick<ReceiptDoc, 'stream' | 'revision'> | undefined,
): Promise<Receipt | undefined> => {
  if (place === undefined) return undefined;
  const [recorded] = await events.readStream(place.stream, { from: place.revision, limit: 1 });
  // The views know more than the log: they are of another one.
  if (recorded === undefined) throw new Unavailable('views');
  const { meta, position, revision, at } = decode(recorded);
  return { commandHash: meta.commandHash ?? '', position, revision, at };
};
