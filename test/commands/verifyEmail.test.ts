import { grantRole } from '../../src/commands/grantRole.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { verifyEmail } from '../../src/commands/verifyEmail.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const nobody = '00000000-0000-4000-8000-000000000009';
let registered = 0;

const withEmail = async ({ core }: World) => {
  const email = `ben${registered++}@example.com`;
  const { userId } = await registerUser(core, meta(), { email });
  return { userId, email };
};

commandRules(verifyEmail, {
  taken: async (world) => {
    const ann = await world.person('ann');
    await grantRole(world.core, meta(), { userId: ann, role: 'admin' });
    return [ann, await withEmail(world)];
  },
  records: ['EmailVerified'],
  refused: {
    'who is no admin verifies nothing': [
      'not-permitted',
      async (world) => [await world.person('ann'), await withEmail(world)],
    ],
    'an address that the account does not have is not verified': [
      'email-not-current',
      async (world) => [null, { ...(await withEmail(world)), email: 'other@example.com' }],
    ],
    'an account that there is not has no address': [
      'user-unknown',
      async () => [null, { userId: nobody, email: 'b@example.com' }],
    ],
  },
});
