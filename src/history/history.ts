// The log as the program uses it. What it appends is chained, event by event, and its private parts are encrypted; what it
// reads is open again, unless the keys were destroyed.

import { LRUCache } from 'lru-cache';
import {
  Conflict,
  type EventStore,
  type History,
  type KeyStore,
  type NewEvent,
  NO_STREAM,
  type Recorded,
} from '../store/ports.ts';
import { chain, hashIn, NO_HASH } from './chain.ts';
import { createGivingWay } from './givingWay.ts';
import { createKeyRing } from './keyRing.ts';
import { createLatestParts } from './latestParts.ts';
import { createMarks } from './marks.ts';
import { openerWith, readerOn } from './openReader.ts';
import { createSealing } from './sealParts.ts';

/** Streams whose last hash is in memory. */
const ENDS_KNOWN = 20_000;

/** `clock`: monotonic milliseconds. */
export const createHistory = (events: EventStore, keys: KeyStore, clock: () => number): History => {
  const ring = createKeyRing(keys, clock);
  const latest = createLatestParts();
  const open = latest.openWith(openerWith(ring.find));
  const { marks, forget } = createMarks(keys);
  const reader = readerOn(events, open, marks);
  /** The last event of each stream that this process wrote or read lately. */
  const ends = new LRUCache<string, { readonly revision: number; readonly hash: string }>({
    // With `max` the cache would allocate its full size at once.
    maxSize: ENDS_KNOWN,
    sizeCalculation: () => 1,
  });

  const sealAll = createSealing(ring, latest.keep);

  const listeners: ((keyNames: readonly string[]) => void)[] = [];
  let times = 0;
  const forgotNow = (names: readonly string[]): void => {
    times++;
    latest.forget();
    forget();
    for (const tell of listeners) tell(names);
  };

  const learn = (stream: string, last: Recorded | undefined): void => {
    const hash = last && hashIn(last.meta);
    if (hash === undefined || last!.revision < (ends.get(stream)?.revision ?? NO_STREAM)) return;
    ends.set(stream, { revision: last!.revision, hash });
  };

  /** @throws Conflict the stream has no such event */
  const hashAt = async (stream: string, revision: number): Promise<string> => {
    if (revision === NO_STREAM) return NO_HASH;
    const known = ends.get(stream);
    if (known?.revision === revision) return known.hash;
    const [event] = await events.readStream(stream, { from: revision, limit: 1 });
    if (event === undefined) throw new Conflict(stream);
    const hash = hashIn(event.meta);
    if (hash === undefined) throw new Error(`${stream} is not chained at ${revision}: another program recorded it`);
    return hash;
  };

  /** As it lies. */
  const readRecorded: EventStore['readStream'] = async (stream, range) => {
    const page = await events.readStream(stream, range);
    learn(stream, range?.backwards ? page[0] : page.at(-1));
    return page;
  };

  const destroy = async (names: readonly string[]): Promise<void> => {
    await ring.destroy(names);
    forgotNow(names);
  };

  return {
    ...reader,
    recorded: { ...events, readStream: readRecorded },
    open,
    destroy,
    async destroyAgain(names) {
      const back = await ring.undestroyed(names);
      // To forget costs others: their answers break off.
      if (back.length > 0) await destroy(back);
    },
    forget(names) {
      ring.forget(names);
      forgotNow(names);
    },
    onForget: (listener) => void listeners.push(listener),
    forgotten: () => times,
    ...createGivingWay(),
    async probe() {
      await Promise.all([events.probe(), keys.probe()]);
    },
    async append(stream, expected, drafts) {
      let hash = await hashAt(stream, expected);
      const contents = await sealAll(drafts);
      const chained = drafts.map(({ id, type, meta: unchained }, i): NewEvent => {
        const data = contents[i]!;
        let meta: string;
        [meta, hash] = chain(hash, { stream, revision: expected + 1 + i, id, type, data, meta: unchained });
        return { id, type, data, meta };
      });
      if (drafts.some((draft) => draft.private)) keys.mustBeInPlace();
      const appended = await events.append(stream, expected, chained);
      ends.set(stream, { revision: appended.revision, hash });
      return appended;
    },
    readStream: async (stream, range) => reader.openAll(await readRecorded(stream, range)),
    async *follow(position, signal) {
      for await (const batch of events.follow(position, signal)) yield await reader.openAll(batch);
    },
  } satisfies History;
};
