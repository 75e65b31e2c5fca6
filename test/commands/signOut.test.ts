import { signInAs } from '../../src/commands/signIn.ts';
import { signOut } from '../../src/commands/signOut.ts';
import { users } from '../../src/domain/user.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(
  signOut,
  {
    taken: async ({ core, person }) => {
      const ann = await person('ann');
      const { sessionId } = await signInAs(core, meta(), await core.ledger.load(users, ann));
      return [ann, { sessionId }];
    },
    records: ['SessionClosed'],
    refused: {},
  },
  ['user-unknown'],
);
