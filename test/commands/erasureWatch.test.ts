// Whoever sends what may be erased meanwhile learns of it, also if it happened before the watch began.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createErasureWatch } from '../../src/commands/erasureWatch.ts';
import { createHistory } from '../../src/history/history.ts';
import { ownKeyIn, secretIn } from '../../src/history/secret.ts';
import { openEmbeddedEventStore } from '../../src/store/embedded/eventStore.ts';
import { type EventStore, type History, type KeyStore, NO_STREAM } from '../../src/store/ports.ts';
import { newKeys } from '../support/history.ts';

let folder: string;
let recorded: EventStore;
let keys: KeyStore;
let history: History;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verbatim-watch-'));
  recorded = await openEmbeddedEventStore({ file: join(folder, 'events.db') });
  keys = await newKeys();
  history = createHistory(recorded, keys, () => performance.now());
});
afterAll(async () => {
  await recorded.close();
  await keys.close();
  await rm(folder, { recursive: true });
});

/** Records a file, and tells the names of its two keys. */
const stored = async () => {
  const [stream, eventId, owner] = [`file-${randomUUID()}`, randomUUID(), randomUUID()];
  const part = { text: '{"name":"plan.txt"}', subject: owner, alone: true };
  await history.append(stream, NO_STREAM, [
    { id: eventId, type: 'FileStored', data: '{"number":1}', meta: '{"v":1}', private: part },
  ]);
  const [event] = await recorded.readStream(stream);
  const secret = secretIn(event!.data)!;
  return { sent: { eventId, secret }, owner, own: ownKeyIn(secret)! };
};

test.each(['own', 'owner'] as const)('a watch tells when the key is destroyed: %s', async (which) => {
  const watchErasure = createErasureWatch(history);
  const [file, other, ended] = [await stored(), await stored(), await stored()];
  const told: string[] = [];
  await watchErasure(file.sent, () => told.push('file'));
  await watchErasure(other.sent, () => told.push('other'));
  (await watchErasure(ended.sent, () => told.push('ended')))!();
  await history.destroy([file[which], ended[which]]);
  expect(told).toEqual(['file']);
});

test('what was erased before is not watched', async () => {
  const watchErasure = createErasureWatch(history);
  const { sent, own } = await stored();
  await history.destroy([own]);
  expect(await watchErasure(sent, () => undefined)).toBeUndefined();
});
