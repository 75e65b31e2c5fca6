import { changePassword } from '../../src/commands/changePassword.ts';
import type { Core } from '../../src/commands/core.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

let accounts = 0;
const register = async (core: Core) =>
  (await registerUser(core, meta(), { username: `ann${accounts++}`, password: 'correct horse' })).userId;
const wish = { current: 'correct horse', password: 'battery staple', sessionId: null };

commandRules(
  changePassword,
  {
    taken: async ({ core }) => [await register(core), wish],
    records: ['PasswordChanged'],
    // The password in force is another one by then.
    again: 'confirmation-wrong',
    refused: {
      'who does not know the password in force does not change it': [
        'confirmation-wrong',
        async ({ core }) => [await register(core), { ...wish, current: 'guessed' }],
      ],
    },
  },
  ['user-unknown'],
);
