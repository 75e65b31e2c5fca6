// Events that were written although their append failed: the answer was lost between the commit and the main thread.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openEmbeddedEventStore } from '../../../src/store/embedded/eventStore.ts';
import { type EventStore, NO_STREAM, type Recorded, Unavailable } from '../../../src/store/ports.ts';
import { event } from '../../contracts/eventStore.contract.ts';

/** What becomes of the next answer to appends. */
let fault: 'the thread dies' | 'an error comes instead' | undefined;

let directory: string;
let store: EventStore;
beforeEach(async () => {
  const { emit } = Worker.prototype;
  vi.spyOn(Worker.prototype, 'emit').mockImplementation(function (this: Worker, name, message?: unknown) {
    const next = fault;
    if (name !== 'message' || !Array.isArray(message) || next === undefined)
      return emit.call(this, name as string, message);
    fault = undefined;
    if (next === 'an error comes instead') return emit.call(this, 'message', new Error('the answer was lost'));
    void this.terminate();
    return true;
  });
  directory = await mkdtemp(join(tmpdir(), 'verbatim-lost-'));
  store = await openEmbeddedEventStore({ file: join(directory, 'events.db') });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  await rm(directory, { recursive: true });
});

it.each(['the thread dies', 'an error comes instead'] as const)(
  'when %s, who reads and who follows sees them, and a retry gets the answer that was lost',
  async (next) => {
    const over = new AbortController();
    const following = store.follow(0, over.signal)[Symbol.asyncIterator]();
    const heard: Recorded[] = [];
    const hear = async (count: number): Promise<void> => {
      while (heard.length < count) heard.push(...(await following.next()).value!);
    };
    const [first, lost, later] = [event(), event(), event()];
    await store.append('user-1', NO_STREAM, [first]);
    await hear(1);
    const waiting = hear(2);

    fault = next;
    await expect(store.append('user-1', 0, [lost])).rejects.toThrow(Unavailable);

    await waiting;
    expect((await store.readStream('user-1', { from: 1 })).map(({ id }) => id)).toEqual([lost.id]);
    expect(await store.head()).toBe(2);
    expect(await store.append('user-1', 0, [lost])).toEqual({ revision: 1, position: 2 });
    await store.append('user-1', 1, [later]);
    await hear(3);
    expect(heard.map(({ id }) => id)).toEqual([first.id, lost.id, later.id]);
    expect(heard).toEqual(await store.readLog(0));
    over.abort();
    await following.return?.();
  },
);
