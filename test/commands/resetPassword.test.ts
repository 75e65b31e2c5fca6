import { tokenFor } from '../../src/commands/mailedLinks.ts';
import { resetPassword } from '../../src/commands/resetPassword.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const wishOf = async ({ core, person }: World, password = 'battery staple') => {
  const token = tokenFor(core, 'reset-password', await core.ledger.load(users, await person('ann')));
  return { token, password };
};

commandRules(resetPassword, {
  taken: async (world) => [null, await wishOf(world)],
  records: ['PasswordChanged'],
  again: 'link-invalid',
  refused: {
    'a link sets no password while the account is suspended': [
      'link-invalid',
      async ({ core, person }) => {
        const userId = await person('ann');
        await suspendUser(core, meta(), { userId });
        const token = tokenFor(core, 'reset-password', await core.ledger.load(users, userId));
        return [null, { token, password: 'battery staple' }];
      },
    ],
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
