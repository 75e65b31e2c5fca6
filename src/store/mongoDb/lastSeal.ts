// The last seal of the log, for all processes: one document.

import type { Db } from 'mongodb';
import type { LastSeal } from '../ports.ts';
import { KEPT, MAJORITY, repeat } from './connection.ts';

interface Stored {
  readonly _id: string;
  readonly text: string;
}

const LAST = 'last';
const PATIENCE_MS = 2_000;

const patiently = <T>(call: () => Promise<T>): Promise<T> => repeat('views', PATIENCE_MS, call);

export const openLastSeal = (db: Db): LastSeal => {
  const seals = db.collection<Stored>('seals', { writeConcern: KEPT, readConcern: MAJORITY });
  return {
    read: async () => (await patiently(() => seals.findOne({ _id: LAST })))?.text,
    async keep(text) {
      await patiently<unknown>(() =>
        text === null
          ? seals.deleteOne({ _id: LAST })
          : seals.updateOne({ _id: LAST }, { $set: { text } }, { upsert: true }),
      );
    },
  };
};
