import { deleteUser } from '../../src/commands/deleteUser.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(deleteUser, {
  taken: async ({ person }) => [await person('ann'), undefined],
  records: ['UserDeleted'],
  again: 'signed-out',
  refused: {},
});
