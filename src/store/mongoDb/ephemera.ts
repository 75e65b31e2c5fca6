// What processes tell each other and nobody keeps: a capped collection, which each process follows with a tailable cursor.
// A standalone server has both, while change streams need a replica set.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { EPHEMERA_CHARS, type Ephemera } from '../ports.ts';
import { outage } from './failures.ts';

interface Told {
  /** The process that tells. */
  readonly by: string;
  readonly text: string;
}

const NAME = 'ephemera';
/** Bytes of the collection: MongoDB drops the oldest. */
const SIZE = 1024 * 1024;
/** Texts of one insert at most; more at the same moment are lost. */
const MOST = 100;
/** Milliseconds that the server waits for something new; less than the limit of the socket. */
const WAIT_MS = 1000;
/** Milliseconds between two empty answers at least. Some servers give one at each write, whatever it is to. */
const EMPTY_EVERY_MS = 50;
const PAUSE = { first: 100, most: 5000 } as const;

/** The text that a process tells when it begins to hear: what comes before it is old. */
const BEGIN = '';

const NAMESPACE_EXISTS = 48;

export const openEphemera = (db: Db): Ephemera & { close(): Promise<void> } => {
  // A copy on one member is enough: nobody misses what is lost.
  const told = db.collection<Told>(NAME, { writeConcern: { w: 1 } });
  const self = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const running = new Set<Promise<void>>();
  let onError: (error: unknown) => void = () => undefined;
  let waiting: Told[] = [];
  let isTelling = false;

  const run = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  const report = (error: unknown): void => {
    if (!signal.aborted) onError(outage('views', error));
  };

  /** One insert at a time, so that the pace of the server bounds the rate. */
  const tellAll = async (): Promise<void> => {
    isTelling = true;
    while (waiting.length > 0) await told.insertMany(waiting.splice(0), { ordered: false }).catch(report);
    isTelling = false;
  };

  /** What is told while there is no collection makes one without bounds, which grows for ever, and which nobody can follow. */
  const prepare = async (): Promise<void> => {
    try {
      await db.createCollection(NAME, { capped: true, size: SIZE });
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== NAMESPACE_EXISTS) throw error;
      const [found] = await db.listCollections({ name: NAME }).toArray();
      if (found && 'options' in found && found.options?.capped === true) return;
      await told.drop();
      await prepare();
    }
  };

  /** Hears what is told from now on, until the cursor ends. On an empty collection it would end at once. */
  const hear = async (listener: (text: string) => void): Promise<void> => {
    const { insertedId } = await told.insertOne({ by: self, text: BEGIN });
    const cursor = told.find({}, { tailable: true, awaitData: true, maxAwaitTimeMS: WAIT_MS, signal });
    try {
      for (let isNew = false; !cursor.closed; ) {
        const askedAt = performance.now();
        const found = await cursor.tryNext();
        if (isNew && found !== null && found.by !== self && found.text !== BEGIN) listener(found.text);
        // The mark may be dropped before it is read. Then everything old has been read once nothing more comes.
        isNew ||= found === null || found._id.equals(insertedId);
        const early = askedAt + EMPTY_EVERY_MS - performance.now();
        if (found === null && early > 0) await delay(early, undefined, { signal });
      }
    } finally {
      await cursor.close();
    }
  };

  const keepHearing = async (listener: (text: string) => void): Promise<void> => {
    for (let pause: number = PAUSE.first; !signal.aborted; pause = Math.min(pause * 2, PAUSE.most)) {
      const began = performance.now();
      await prepare()
        .then(() => hear(listener))
        .catch(report);
      if (performance.now() - began > PAUSE.most) pause = PAUSE.first;
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    tell(text) {
      if (signal.aborted || waiting.length === MOST || text.length > EPHEMERA_CHARS) return;
      waiting.push({ by: self, text });
      if (!isTelling) run(tellAll());
    },
    listen(listener, failed) {
      onError = failed;
      run(keepHearing(listener));
    },
    async close() {
      closing.abort();
      waiting = [];
      await Promise.all(running);
    },
  };
};
