import { noteSignIn } from '../../src/commands/noteSignIn.ts';
import { commandRules } from '../support/commandRules.ts';

commandRules(
  noteSignIn,
  {
    taken: async ({ person }) => [await person('ann'), undefined],
    records: ['LoggedIn'],
    // Each sign-in is noted.
    again: ['LoggedIn'],
    refused: {},
  },
  ['user-unknown'],
);
