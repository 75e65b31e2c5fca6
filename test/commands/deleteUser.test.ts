import { deleteUser } from '../../src/commands/deleteUser.ts';
import { commandRules, longAgo } from '../support/commandRules.ts';

commandRules(deleteUser, {
  taken: async ({ person }) => [await person('ann'), {}],
  records: ['UserDeleted'],
  again: 'signed-out',
  refused: {
    'who signed in long ago says the password': [
      'confirmation-required',
      async ({ person }) => [await person('ann'), {}, longAgo()],
    ],
    'a wrong password deletes nothing, however fresh the sign-in': [
      'confirmation-wrong',
      async ({ person }) => [await person('ann'), { current: 'guessed' }],
    ],
  },
});
