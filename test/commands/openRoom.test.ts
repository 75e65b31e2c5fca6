import { expect, test, vi } from 'vitest';
import { openRoom } from '../../src/commands/openRoom.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta, openCore } from '../support/core.ts';

commandRules(openRoom, {
  taken: async ({ person }) => [await person('ann'), { name: 'Lobby' }],
  records: ['RoomOpened'],
  // Without a key it is another room of the same name.
  again: ['RoomOpened'],
  refused: {
    'a picture that is a stored file was stored by who sets it': [
      'file-unknown',
      async ({ person, stored }) => [
        await person('ann'),
        { name: 'Lobby', picture: await stored(await person('ben')) },
      ],
    ],
  },
});

test('the password of a room is hashed when the turn of the client’s address comes', async () => {
  const { core, person, dispose } = await openCore();
  const hash = vi.spyOn(core.passwords, 'hash');
  await openRoom(core, { ...meta(await person('bea')), address: '192.0.2.1' }, { name: 'Hall', password: 'open' });
  expect(hash).toHaveBeenCalledWith('open', '192.0.2.1');
  await dispose();
});
