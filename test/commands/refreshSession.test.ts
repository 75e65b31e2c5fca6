import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { refreshSession } from '../../src/commands/refreshSession.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';

const { core, register, enter, authenticator } = accounts();

test('a refreshed session goes on; its old refresh token, used again, ends it', async () => {
  await register('kim');
  const first = await signInAs(core(), meta(), await enter('kim'));
  expect(await authenticator().byAccessToken(first.accessToken)).toMatchObject({ sessionId: first.sessionId });
  const second = await refreshSession(core(), meta(), first.refreshToken);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  await expect(refreshSession(core(), meta(), first.refreshToken)).rejects.toThrow('refresh-token-invalid');
  await expect(refreshSession(core(), meta(), second.refreshToken)).rejects.toThrow('refresh-token-invalid');
  expect(await authenticator().byAccessToken(second.accessToken)).toBeUndefined();
});

test('a refresh repeated under its key gives the same tokens', async () => {
  await register('kit');
  const { refreshToken } = await signInAs(core(), meta(), await enter('kit'));
  const keyed = meta(null, { key: randomUUID(), hash: 'x' });
  const [one, two] = [
    await refreshSession(core(), keyed, refreshToken),
    await refreshSession(core(), keyed, refreshToken),
  ];
  expect(two).toEqual(one);
});
