// Commands that were carried out under an idempotency key: retries and other uses of the key are known for ever.

import { type Event, type EventType, schemas } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export interface ReceiptDoc {
  readonly id: string;
  /** Of the last event of the command. Its fingerprint is read there, since it may be erased. */
  readonly stream: string;
  readonly revision: number;
}

const { put } = changesOf('receipts');

const receipt = ({ meta: { commandId, commandHash }, stream, revision }: Event): readonly Change[] =>
  commandId === undefined || commandHash === undefined ? [] : [put({ id: commandId, stream, revision })];

const eventTypes = Object.keys(schemas) as EventType[];

export const receipts: Projection = {
  collection: { name: 'receipts', indexes: [] },
  on: Object.fromEntries(eventTypes.map((type) => [type, receipt])),
};
