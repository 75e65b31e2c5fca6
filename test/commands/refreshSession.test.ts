import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { refreshSession } from '../../src/commands/refreshSession.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';
import { recorded } from '../support/log.ts';

const { core, register, enter, authenticator, program } = accounts();

test('a refreshed session goes on; a refresh token from two refreshes ago ends it', async () => {
  await register('kim');
  const first = await signInAs(core(), meta(), await enter('kim'));
  expect(await authenticator().byAccessToken(first.accessToken)).toMatchObject({ sessionId: first.sessionId });
  const second = await refreshSession(core(), meta(), first.refreshToken);
  expect(second.refreshToken).not.toBe(first.refreshToken);
  const third = await refreshSession(core(), meta(), second.refreshToken);
  await expect(refreshSession(core(), meta(), first.refreshToken)).rejects.toThrow('refresh-token-invalid');
  await expect(refreshSession(core(), meta(), third.refreshToken)).rejects.toThrow('refresh-token-invalid');
  expect(await authenticator().byAccessToken(third.accessToken)).toBeUndefined();
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

test('many refreshes with one token at once are one refresh, and all get its tokens', async () => {
  await register('kay');
  const { refreshToken, sessionId } = await signInAs(core(), meta(), await enter('kay'));
  const all = await Promise.all(Array.from({ length: 5 }, () => refreshSession(core(), meta(), refreshToken)));
  expect(new Set(all.map(({ accessToken }) => accessToken)).size).toBe(1);
  const refreshed = await recorded(program().stores.events, 'SessionRefreshed');
  expect(refreshed.filter(({ data }) => data.sessionId === sessionId)).toHaveLength(1);
});
