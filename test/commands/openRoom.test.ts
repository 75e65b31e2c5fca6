import { openRoom } from '../../src/commands/openRoom.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(openRoom, {
  taken: async ({ person }) => [await person('ann'), { name: 'Lobby' }],
  records: ['RoomOpened'],
  // Without a key it is another room of the same name.
  again: ['RoomOpened'],
  refused: {},
});
