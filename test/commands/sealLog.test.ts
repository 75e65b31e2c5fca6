// A seal is made beside requests.

import { expect, test } from 'vitest';
import { openRoom } from '../../src/commands/openRoom.ts';
import { createSealLog } from '../../src/commands/sealLog.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { meta, openCore, plainMeta } from '../support/core.ts';
import { instead } from '../support/instead.ts';
import { appendMessages } from '../support/manyMessages.ts';

test('a seal reads the log in pages, and lets others have their turns between them', async () => {
  const { core, logIdentity, stores, person, dispose } = await openCore();
  try {
    const ann = await person('ann');
    const { conversationId } = await openRoom(core, meta(ann), { name: 'Lobby', password: 'pw', capacity: 3 });
    await sendMessage(core, meta(ann), { conversationId, text: 'first' });
    await appendMessages(stores.events, conversationId, 500);
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const readAt: number[] = [];
    const { recorded } = stores.events;
    const readLog: typeof recorded.readLog = (...asked) => {
      readAt.push(turns);
      return recorded.readLog(...asked);
    };
    const events = instead(stores.events, { recorded: instead(recorded, { readLog }) });
    const { signer, now, newId } = core;
    const sealLog = createSealLog({ events, signer, logIdentity, now, newId, onSealed: async () => undefined });
    const { size } = await sealLog(plainMeta()).finally(() => {
      isOver = true;
    });
    expect(size).toBeGreaterThan(500);
    expect(readAt.length).toBeGreaterThan(5);
    expect(new Set(readAt).size).toBe(readAt.length);
  } finally {
    await dispose();
  }
});
