// Commands that were carried out under an idempotency key: retries and other uses of the key are known for ever.

import { type Event, type EventType, schemas } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';

export interface ReceiptDoc {
  readonly id: string;
  readonly commandHash: string;
  readonly position: number;
}

const { put } = changesOf('receipts');

const receipt = ({ meta: { commandId, commandHash }, position }: Event): readonly Change[] =>
  commandId === undefined || commandHash === undefined ? [] : [put({ id: commandId, commandHash, position })];

const eventTypes = Object.keys(schemas) as EventType[];

export const receipts: Projection = {
  collection: { name: 'receipts', indexes: [] },
  on: Object.fromEntries(eventTypes.map((type) => [type, receipt])),
};
