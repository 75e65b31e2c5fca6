import { confirmEmail } from '../../src/commands/confirmEmail.ts';
import { tokenFor } from '../../src/commands/mailedLinks.ts';
import { suspendUser } from '../../src/commands/suspendUser.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules, type World } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const linkFor = async ({ core, person }: World): Promise<string> =>
  tokenFor(core, 'verify-email', await core.ledger.load(users, await person('ann')));

commandRules(confirmEmail, {
  taken: async (world) => [null, { token: await linkFor(world) }],
  records: ['EmailVerified'],
  refused: {
    'a link verifies nothing while the account is suspended': [
      'link-invalid',
      async (world) => {
        const token = await linkFor(world);
        await suspendUser(world.core, meta(), { userId: world.core.links.userIdIn(token)! });
        return [null, { token }];
      },
    ],
    'a link that this server did not make verifies nothing': [
      'link-invalid',
      async (world) => [null, { token: (await linkFor(world)).replace(/.{3}$/, 'AAA') }],
    ],
  },
});
