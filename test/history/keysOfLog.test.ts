// Are these the keys of the log? The first events that need a key tell, however late they come.

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { blocksNamed } from '../../src/history/copyKeys.ts';
import { mustBeKeysOf } from '../../src/history/keysOfLog.ts';
import { secretOf, withSecret } from '../../src/history/secret.ts';
import type { KeyStore, Recorded } from '../../src/store/ports.ts';

/** At positions from 1 on. */
const logOf = (...texts: readonly string[]) => {
  const all = texts.map((data, i) => ({ position: i + 1, data, meta: '' }) as Recorded);
  return { readLog: async (after: number, limit?: number) => all.slice(after, after + limit!) };
};
const keysWith = (...blocks: readonly string[]): Pick<KeyStore, 'get'> => ({
  get: async (names) => names.map((name) => (blocks.includes(name) ? new Uint8Array(32) : undefined)),
});

test('a log that begins with many events that need no key is read on to the first that does', async () => {
  const secret = withSecret('{"userId":"ann"}', secretOf('', randomUUID(), 'x'));
  const own = blocksNamed([{ data: secret }]);
  const log = logOf(...Array<string>(1500).fill('{"userId":"ann"}'), secret);
  await expect(mustBeKeysOf(log, keysWith('names'), 'here')).rejects.toThrow('the keys of this log are not in here');
  await expect(mustBeKeysOf(log, keysWith('names', ...own), 'here')).resolves.toBeUndefined();
});

test('a log in which nothing needs a key is anybody’s', async () => {
  for (const length of [0, 1, 2000])
    await expect(mustBeKeysOf(logOf(...Array<string>(length).fill('{}')), keysWith(), 'here')).resolves.toBeUndefined();
});
