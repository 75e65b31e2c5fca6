import { expect, test } from 'vitest';
import { refreshSession } from '../../src/commands/refreshSession.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { signOut } from '../../src/commands/signOut.ts';
import { users } from '../../src/domain/user.ts';
import { accounts } from '../support/accounts.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const { core, register, enter, authenticator } = accounts();

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

test('a log-out holds at once', async () => {
  const { userId } = await register('lea');
  const session = await signInAs(core(), meta(), await enter('lea'));
  await signOut(core(), meta(userId), { sessionId: session.sessionId });
  expect(await authenticator().byAccessToken(session.accessToken)).toBeUndefined();
  await expect(refreshSession(core(), meta(), session.refreshToken)).rejects.toThrow('refresh-token-invalid');
});
