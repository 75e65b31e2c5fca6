// What processes tell each other and nobody keeps. A process writes what it told last into a document of its own, and reads
// those of the others five times a second: plain reads and writes, which every server has. Change streams need a replica
// set, and some servers have no capped collections to follow with a tailable cursor.

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
import { EPHEMERA_CHARS, type Ephemera } from '../ports.ts';
import { outage } from './failures.ts';

interface Told {
  /** The process that tells. */
  readonly _id: string;
  /** How many texts it has told since it started. */
  readonly count: number;
  /** The last of them. */
  readonly texts: readonly string[];
  /** By the clock of the process. */
  readonly at: Date;
}

/** Milliseconds between two writes, and between two reads, at least. */
const EVERY_MS = 200;
/** A text lies there for so long: the others read several times meanwhile. */
const LIES_MS = 2_000;
/** Texts of one write at most; more at the same moment are lost. */
const MOST = 100;
/** A document that is so old was left by a process that died. The clocks of processes may differ by less. */
const ABANDONED_MS = 60_000;
const PAUSE = { first: 100, most: 5_000 } as const;

export const openEphemera = (db: Db): Ephemera & { close(): Promise<void> } => {
  // A copy on one member is enough: nobody misses what is lost.
  const told = db.collection<Told>('told', { writeConcern: { w: 1 } });
  const self = randomUUID();
  const closing = new AbortController();
  const { signal } = closing;
  const running = new Set<Promise<void>>();
  let onError: (error: unknown) => void = () => undefined;
  let waiting: string[] = [];
  let isTelling = false;

  const run = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
  const report = (error: unknown): void => {
    if (!signal.aborted) onError(outage('views', error));
  };

  let toldCount = 0;
  let lying: readonly { readonly text: string; readonly until: number }[] = [];
  let takingAway: NodeJS.Timeout | undefined;

  const write = async (): Promise<void> => {
    const now = performance.now();
    const next = waiting.splice(0).map((text) => ({ text, until: now + LIES_MS }));
    lying = [...lying.filter(({ until }) => until > now), ...next];
    toldCount += next.length;
    if (lying.length === 0) await told.deleteOne({ _id: self });
    else {
      const document = { count: toldCount, texts: lying.map(({ text }) => text), at: new Date() };
      await told.replaceOne({ _id: self }, document, { upsert: true });
    }
  };

  /** Tells what is waiting, one write at a time: the pace of the server bounds the rate. Takes it away later. */
  const keepTelling = async (): Promise<void> => {
    clearTimeout(takingAway);
    isTelling = true;
    do {
      await write().catch(report);
      await pause(EVERY_MS);
    } while (waiting.length > 0);
    isTelling = false;
    if (lying.length === 0 || signal.aborted) return;
    takingAway = setTimeout(() => run(keepTelling()), LIES_MS).unref();
  };

  /** Hears what is told from now on, until a read fails. */
  const hear = async (listener: (text: string) => void): Promise<void> => {
    /** How many texts each process had told at the last read. Those that lie there at the first are old. */
    let before: ReadonlyMap<string, number> | undefined;
    for (let sweepsAt = performance.now(); !signal.aborted; await pause(EVERY_MS)) {
      if (performance.now() >= sweepsAt) {
        await told.deleteMany({ at: { $lt: new Date(Date.now() - ABANDONED_MS) } });
        sweepsAt += ABANDONED_MS;
      }
      const found = await told.find({ _id: { $ne: self } }, { signal }).toArray();
      for (const { _id, count, texts } of found) {
        const heard = before === undefined ? count : (before.get(_id) ?? 0);
        if (count > heard) for (const text of texts.slice(heard - count)) listener(text);
      }
      before = new Map(found.map(({ _id, count }) => [_id, count]));
    }
  };

  const keepHearing = async (listener: (text: string) => void): Promise<void> => {
    for (let pauseMs: number = PAUSE.first; !signal.aborted; pauseMs = Math.min(pauseMs * 2, PAUSE.most)) {
      const began = performance.now();
      await hear(listener).catch(report);
      if (performance.now() - began > PAUSE.most) pauseMs = PAUSE.first;
      await pause(pauseMs);
    }
  };

  return {
    tell(text) {
      if (signal.aborted || waiting.length === MOST || text.length > EPHEMERA_CHARS) return;
      waiting.push(text);
      if (!isTelling) run(keepTelling());
    },
    listen(listener, failed) {
      onError = failed;
      run(keepHearing(listener));
    },
    async close() {
      closing.abort();
      clearTimeout(takingAway);
      waiting = [];
      await Promise.all(running);
    },
  };
};
