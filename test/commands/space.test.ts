// What an account may store.

import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Core } from '../../src/commands/core.ts';
import { discardFiles } from '../../src/commands/discardFiles.ts';
import { createSpace } from '../../src/commands/space.ts';
import { storeFile } from '../../src/commands/storeFile.ts';
import { TooManyRequests } from '../../src/limits/limits.ts';
import { elsewhereOn, meta, openCore, type TestCore } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { recorded } from '../support/log.ts';

const QUOTA = 20_000;
let program: TestCore;
beforeAll(async () => {
  program = await openCore({ MAX_STORED: String(QUOTA) });
});
afterAll(() => program.dispose());

/** Contents that differ, each in two chunks. */
let nth = 0;
const content = (size: number, first = nth++) =>
  Readable.from([Buffer.alloc(Math.min(size, 9), String(first)), Buffer.alloc(Math.max(0, size - 9), 'x')]);
const store = (userId: string, size: number, core: Core = program.core) =>
  storeFile(core, meta(userId), {}, content(size), 100_000);
const outcomes = async (stores: readonly Promise<unknown>[]) => {
  const all = await Promise.allSettled(stores);
  const refused = all.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
  return { stored: all.length - refused.length, refused: [...new Set(refused)] };
};
/** As another process on the same stores sees the world. */
const elsewhere = (): Core => {
  const { core, queries, progress, stores } = program;
  const space = createSpace({ quota: QUOTA, events: stores.events, queries, progress });
  return { ...core, space, ...elsewhereOn(stores.events, core) };
};

test('an account stores to the last byte of its quota and no more; others store on', async () => {
  const [ann, ben] = [await program.person('ann'), await program.person('ben')];
  await store(ann, 15_000);
  await expect(store(ann, 5001)).rejects.toThrow('quota-exceeded');
  await store(ann, 5000);
  await expect(store(ann, 0)).rejects.toThrow('quota-exceeded');
  await store(ben, 5001);
});

test('a small file counts as the block that it takes', async () => {
  const cleo = await program.person('cleo');
  for (let i = 0; i < 4; i++) await store(cleo, i);
  await expect(store(cleo, 4)).rejects.toThrow('quota-exceeded');
});

test('uploads at once do not get past it', async () => {
  const dan = await program.person('dan');
  const uploads = Array.from({ length: 12 }, () => store(dan, 5000));
  expect(await outcomes(uploads)).toEqual({ stored: 4, refused: ['quota-exceeded'] });
});

test('in another process the same bytes count', async () => {
  const eva = await program.person('eva');
  await store(eva, 15_000);
  await expect(store(eva, 5001, elsewhere())).rejects.toThrow('quota-exceeded');
  await store(eva, 5000, elsewhere());
  await expect(store(eva, 0)).rejects.toThrow('quota-exceeded');
});

test('while the views lag behind, what they know counts, and what this process recorded since', async () => {
  const kim = await program.person('kim');
  await store(kim, 5000);
  await program.settled();
  const { core, queries, progress, stores } = program;
  // As views that stand still here: they have the first file, and none of the later ones.
  const [position, known] = [progress.position, await queries.spaceOf(kim)];
  const behind = { isAway: false, position, reached: async () => false };
  const space = createSpace({
    quota: QUOTA,
    events: stores.events,
    queries: { spaceOf: async () => known },
    progress: behind,
  });
  for (const size of [5000, 5000, 5000]) await store(kim, size, { ...core, space });
  await expect(store(kim, 0, { ...core, space })).rejects.toThrow('quota-exceeded');
});

test('two processes at once store the quota, and at most what the other one has under way', async () => {
  const finn = await program.person('finn');
  const [here, there] = [program.core, elsewhere()];
  await outcomes(Array.from({ length: 16 }, (_, i) => store(finn, 5000, i % 2 === 0 ? here : there)));
  await program.settled();
  expect(await program.queries.spaceOf(finn)).toBeLessThanOrEqual(2 * QUOTA);
  expect((await outcomes([store(finn, 0), store(finn, 0, there)])).stored).toBe(0);
});

/** How many contents there are that no file names. */
const contentsOfNobody = async (): Promise<number> => {
  await program.settled();
  let count = 0;
  await program.stores.blobs.sweep(new Date(Date.now() + 1000), async (hash) => {
    if (!(await program.queries.isContent(hash))) count++;
    return true;
  });
  return count;
};

test('what is refused is not kept', async () => {
  const gus = await program.person('gus');
  const files = (await recorded(program.stores.events, 'FileStored')).length;
  await expect(store(gus, QUOTA + 1)).rejects.toThrow('quota-exceeded');
  expect(await recorded(program.stores.events, 'FileStored')).toHaveLength(files);
  expect(await contentsOfNobody()).toBe(0);
});

test('what comes under too many keys is not kept', async () => {
  const lea = await program.person('lea');
  const policy = { name: 'keys', quota: 1, window: 60 } as const;
  const limits = instead(program.core.limits, {
    count: (costs) => {
      if ('keys' in costs) throw new TooManyRequests(policy, 60);
      return [];
    },
  });
  const core = { ...program.core, limits };
  const keyed = meta(lea, { key: 'k', hash: 'h' });
  await expect(storeFile(core, keyed, {}, content(100), 100_000)).rejects.toThrow('too many keys');
  expect(await contentsOfNobody()).toBe(0);
});

test('uploads under one key keep one content, the same or other ones, one after the other or at once', async () => {
  const jan = await program.person('jan');
  const keyed = meta(jan, { key: 'once', hash: 'h' });
  const ask = (first: number) => storeFile(program.core, keyed, {}, content(100, first), 100_000);
  const { fileId } = await ask(1);
  expect(await ask(1)).toMatchObject({ fileId });
  await expect(ask(2)).rejects.toThrow('command-key-reused');
  const other = meta(jan, { key: 'together', hash: 'h' });
  const together = Array.from({ length: 3 }, () => storeFile(program.core, other, {}, content(100, 3), 100_000));
  expect(await outcomes(together)).toEqual({ stored: 3, refused: [] });
  expect(await contentsOfNobody()).toBe(0);
});

test('a retry under its key gets its file, however full the account is', async () => {
  const hal = await program.person('hal');
  const keyed = meta(hal, { key: 'k', hash: 'h' });
  const ask = (first: number) => storeFile(program.core, keyed, {}, content(15_000, first), 100_000);
  const { fileId } = await ask(7);
  await store(hal, 5000);
  expect(await ask(7)).toMatchObject({ fileId });
  await expect(ask(8)).rejects.toThrow('command-key-reused');
  await expect(storeFile(program.core, meta(hal, { key: 'l', hash: 'h' }), {}, content(1), 9)).rejects.toThrow(
    'quota-exceeded',
  );
});

test('a file that was discarded counts no more', async () => {
  const ida = await program.person('ida');
  await store(ida, QUOTA);
  await program.settled();
  await discardFiles(program.core, program.queries, new Date(Date.now() + 1));
  await store(ida, QUOTA);
});
