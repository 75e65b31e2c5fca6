import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { storeFile } from '../../src/commands/storeFile.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { recorded } from '../support/log.ts';

const { core, program, register } = accounts();
const content = (text: string) => Readable.from([Buffer.from(text)]);
const stored = () => recorded(program().stores.events, 'FileStored');

test('a file belongs to who stored it, and keeps the last part of its name', async () => {
  const { userId } = await register('pia');
  const { fileId } = await storeFile(
    core(),
    meta(userId),
    { name: 'C:\\tmp\\a.txt', mediaType: 'Text/Plain' },
    content('hi'),
    10,
  );
  expect((await stored()).at(-1)?.data).toMatchObject({
    fileId,
    ownerId: userId,
    name: 'a.txt',
    mediaType: 'text/plain',
    size: 2,
  });
});

test('stored again under its key it is one file; other content under that key is refused', async () => {
  const { userId } = await register('quinn');
  const keyed = meta(userId, { key: randomUUID(), hash: 'x' });
  const store = (text: string) => storeFile(core(), keyed, {}, content(text), 10);
  const before = (await stored()).length;
  expect((await store('one')).fileId).toBe((await store('one')).fileId);
  await expect(store('two')).rejects.toThrow('command-key-reused');
  expect(await stored()).toHaveLength(before + 1);
});

test('a stranger stores nothing', async () => {
  await expect(storeFile(core(), meta(), {}, content('hi'), 10)).rejects.toThrow('signed-out');
});

test('a name keeps only its last part, however long it is', async () => {
  const { userId } = await register('rio');
  for (const [name, kept] of [
    [`${'/'.repeat(1_000_000)}x.txt`, 'x.txt'],
    ['x'.repeat(1_000_000), 'x'.repeat(200)],
    [`${'x'.repeat(199)}\ud83d\ude00x`, `${'x'.repeat(199)}\ud83d\ude00`],
    ['..', 'file'],
    ['a/..\\', 'file'],
    ['\u202e\0', 'file'],
  ] as const) {
    await storeFile(core(), meta(userId), { name }, content(name.slice(0, 5)), 10);
    expect((await stored()).at(-1)?.data.name).toBe(kept);
  }
});

test('an event of a file is recorded only once its content is kept: no crash leaves a file without bytes', async () => {
  const { userId } = await register('sol');
  const before = (await stored()).length;
  const order: string[] = [];
  const blobs = instead(core().blobs, {
    put: async (bytes, limit) => {
      const kept = await core().blobs.put(bytes, limit);
      order.push(`kept, ${(await stored()).length - before} recorded`);
      return kept;
    },
  });
  await storeFile({ ...core(), blobs }, meta(userId), {}, content('hi'), 10);
  expect([order, (await stored()).length - before]).toEqual([['kept, 0 recorded'], 1]);
  const failing = instead(core().blobs, { put: () => Promise.reject(new Error('the process died')) });
  await expect(storeFile({ ...core(), blobs: failing }, meta(userId), {}, content('ho'), 10)).rejects.toThrow('died');
  expect(await stored()).toHaveLength(before + 1);
});
