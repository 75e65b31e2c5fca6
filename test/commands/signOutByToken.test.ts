import { signInAs } from '../../src/commands/signIn.ts';
import { signOutByToken } from '../../src/commands/signOutByToken.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(signOutByToken, {
  taken: async ({ core, person }) => {
    const ann = await person('ann');
    const { refreshToken } = await signInAs(core, meta(), await core.ledger.load(users, ann));
    return [ann, refreshToken];
  },
  records: ['SessionClosed'],
  // The token is not in force any more.
  again: 'refresh-token-invalid',
  refused: {
    'nobody ends the session of somebody else': [
      'refresh-token-invalid',
      async ({ core, person }) => {
        const ann = await core.ledger.load(users, await person('ann'));
        const { refreshToken } = await signInAs(core, meta(), ann);
        return [await person('ben'), refreshToken];
      },
    ],
  },
});
