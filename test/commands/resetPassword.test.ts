import { tokenFor } from '../../src/commands/mailedLinks.ts';
import { resetPassword } from '../../src/commands/resetPassword.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules, type World } from '../support/commandRules.ts';

const wishOf = async ({ core, person }: World, password = 'battery staple') => {
  const token = tokenFor(core, 'reset-password', await core.ledger.load(users, await person('ann')));
  return { token, password };
};

commandRules(resetPassword, {
  taken: async (world) => [null, await wishOf(world)],
  records: ['PasswordChanged'],
  again: 'link-invalid',
  refused: {
    'what is no link sets no password': [
      'link-invalid',
      async (world) => [null, { ...(await wishOf(world)), token: 'open sesame' }],
    ],
    'a new password has 8 characters': ['password-too-short', async (world) => [null, await wishOf(world, 'kq7#zv!')]],
    'a new password is none of those that are guessed first': [
      'password-too-common',
      async (world) => [null, await wishOf(world, 'Password1')],
    ],
  },
});
