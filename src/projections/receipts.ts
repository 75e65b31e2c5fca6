// Messages sent under an idempotency key: a retry is known for ever.

import { changesOf, type Projection } from './projection.ts';

export interface ReceiptDoc {
  readonly id: string;
  readonly commandHash: string;
  readonly position: number;
}

const { put } = changesOf('receipts');

export const receipts: Projection = {
  collection: { name: 'receipts', indexes: [] },
  on: {
    MessageSent: ({ meta: { commandId, commandHash }, position }) =>
      commandId === undefined || commandHash === undefined ? [] : [put({ id: commandId, commandHash, position })],
  },
};
