import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { storeFile } from '../../src/commands/storeFile.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';
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
