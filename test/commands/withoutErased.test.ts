// Reads and erasures at once: nobody is answered with what was erased, and nobody who erases on and on keeps others from an answer.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGroup } from '../../src/commands/createGroup.ts';
import { eraseMessage } from '../../src/commands/requestErasure.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { withoutErased } from '../../src/commands/withoutErased.ts';
import { streams } from '../../src/domain/streams.ts';
import { createGivingWay } from '../../src/history/givingWay.ts';
import { meta, openCore, type TestCore } from '../support/core.ts';
import { createGate } from '../support/instead.ts';

let program: TestCore;
beforeAll(async () => {
  program = await openCore({ ERASE_GRACE: '0' });
});
afterAll(() => program.dispose());

test('a read begins again when something was erased meanwhile, and the next erasure waits for its end', async () => {
  const { undisturbed, quiet } = createGivingWay();
  const order: string[] = [];
  let [times, erasing]: [number, Promise<unknown> | undefined] = [0, undefined];
  const read = async (): Promise<number> => {
    order.push('read');
    const seen = times;
    await new Promise(setImmediate);
    if (order.length === 1) times++;
    else if (order.length < 9)
      erasing = quiet().then(() => {
        times++;
        order.push('erased');
      });
    await new Promise(setImmediate);
    return seen;
  };
  expect(await withoutErased({ forgotten: () => times, undisturbed }, read)).toBe(1);
  expect(order).toEqual(['read', 'read']);
  await erasing;
  expect(order).toEqual(['read', 'read', 'erased']);
});

test('a read that never ends does not keep from erasing', async () => {
  const { undisturbed, quiet } = createGivingWay(1);
  void undisturbed(() => new Promise(() => undefined));
  await quiet();
});

test('nothing is erased while a read goes on that had to begin again', async () => {
  const { core, stores } = program;
  const ann = await program.person('ann');
  const { conversationId } = await createGroup(core, meta(ann), { name: 'team' });
  const { messageId } = await sendMessage(core, meta(ann), { conversationId, text: 'so', fileId: null });
  await program.settled();
  const gate = createGate();
  gate.shut();
  const reading = stores.events.undisturbed(gate.passed);
  const erasing = eraseMessage(core, meta(ann), { conversationId, messageId });
  const recorded = async (): Promise<readonly string[]> =>
    (await stores.events.readStream(streams.erasure(messageId), {})).map(({ type }) => type);
  await expect.poll(recorded).toEqual(['ErasureRequested']);
  await sendMessage(core, meta(ann), { conversationId, text: 'meanwhile', fileId: null });
  expect(await recorded()).toEqual(['ErasureRequested']);
  gate.open();
  await Promise.all([reading, erasing]);
  expect(await recorded()).toEqual(['ErasureRequested', 'ErasureStarted', 'ErasureCertified']);
});
