import { expect, test } from 'vitest';
import { signInAs } from '../../src/commands/signIn.ts';
import { signOutByToken } from '../../src/commands/signOutByToken.ts';
import { users } from '../../src/domain/user.ts';
import { accounts } from '../support/accounts.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

const { core, register, enter, authenticator } = accounts();

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

test('a session is logged out by its refresh token, and by nobody else', async () => {
  const { userId } = await register('nat');
  const { userId: other } = await register('nell');
  const session = await signInAs(core(), meta(), await enter('nat'));
  const end = (by: string, token: string) => signOutByToken(core(), meta(by), token);
  await expect(end(other, session.refreshToken)).rejects.toThrow('refresh-token-invalid');
  await expect(end(userId, 'garbage')).rejects.toThrow('refresh-token-invalid');
  await end(userId, session.refreshToken);
  expect(await authenticator().byAccessToken(session.accessToken)).toBeUndefined();
  await expect(end(userId, session.refreshToken)).rejects.toThrow('refresh-token-invalid');
});
