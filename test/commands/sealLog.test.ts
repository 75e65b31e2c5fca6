// A seal is made beside requests.

import { expect, test } from 'vitest';
import { acceptLog } from '../../src/commands/acceptLog.ts';
import { openRoom } from '../../src/commands/openRoom.ts';
import { checkSealedTail, SealBroken } from '../../src/commands/sealedTail.ts';
import { createSealLog } from '../../src/commands/sealLog.ts';
import { sendMessage } from '../../src/commands/sendMessage.ts';
import { parseSeal } from '../../src/domain/seal.ts';
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

test('a later seal that is kept beside the log stays, so that the next start finds that the log has lost it', async () => {
  const { core, stores, person, dispose } = await openCore();
  const { lastSeal, events } = stores;
  const kept = async () => parseSeal((await lastSeal.read())!);
  try {
    await person('ann');
    const first = await core.sealLog(plainMeta());
    expect(await kept()).toEqual(first);
    // Another process sealed more, or the log was cut since.
    const later = { ...first, size: first.size + 1000 };
    await lastSeal.keep(JSON.stringify(later));
    await person('ben');
    const second = await core.sealLog(plainMeta());
    expect(second.size).toBeGreaterThan(first.size);
    expect(await kept()).toEqual(later);
    await expect(checkSealedTail(events.recorded, lastSeal)).rejects.toThrow(SealBroken);
    // Once an operator has accepted the log, its seals are kept again.
    await acceptLog({ events, lastSeal, now: core.now, newId: core.newId });
    expect(await kept()).toEqual(second);
    await person('cleo');
    const third = await core.sealLog(plainMeta());
    expect(await kept()).toEqual(third);
    await checkSealedTail(events.recorded, lastSeal);
  } finally {
    await dispose();
  }
});
