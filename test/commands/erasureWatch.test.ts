// Whoever sends what may be erased meanwhile learns of it, also if it happened before the watch began.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createErasureWatch } from '../../src/commands/erasureWatch.ts';
import { ownKeyIn, secretIn } from '../../src/history/secret.ts';
import { NO_STREAM } from '../../src/store/ports.ts';
import { type NewHistory, newHistory } from '../support/history.ts';

let opened: NewHistory;
beforeAll(async () => {
  opened = await newHistory();
});
afterAll(() => opened.close());

/** Records a file, and tells the names of its two keys. */
const stored = async () => {
  const [stream, eventId, owner] = [`file-${randomUUID()}`, randomUUID(), randomUUID()];
  const part = { text: '{"name":"plan.txt"}', subject: owner, alone: true };
  await opened.history.append(stream, NO_STREAM, [
    { id: eventId, type: 'FileStored', data: '{"number":1}', meta: '{"v":1}', private: part },
  ]);
  const [event] = await opened.recorded.readStream(stream);
  const secret = secretIn(event!.data)!;
  return { sent: { eventId, secret }, owner, own: ownKeyIn(secret)! };
};

test.each(['own', 'owner'] as const)('a watch tells when the key is destroyed: %s', async (which) => {
  const watchErasure = createErasureWatch(opened.history);
  const [file, other, ended] = [await stored(), await stored(), await stored()];
  const told: string[] = [];
  await watchErasure(file.sent, () => told.push('file'));
  await watchErasure(other.sent, () => told.push('other'));
  (await watchErasure(ended.sent, () => told.push('ended')))!();
  await opened.history.destroy([file[which], ended[which]]);
  expect(told).toEqual(['file']);
});

test('what was erased before is not watched', async () => {
  const watchErasure = createErasureWatch(opened.history);
  const { sent, own } = await stored();
  await opened.history.destroy([own]);
  expect(await watchErasure(sent, () => undefined)).toBeUndefined();
});
