import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { signIn } from '../../src/commands/signIn.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';
import { recorded } from '../support/log.ts';

const { authenticator, core, program, register } = accounts();
const credentials = { name: 'ola', password: 'correct horse', by: ['username'] as const };

test('each sign-in opens a session, and one that is repeated under its key gives the same tokens', async () => {
  const { userId } = await register('ola');
  const keyed = meta(null, { key: randomUUID(), hash: 'x' });
  const [one, again, other] = [
    await signIn(core(), keyed, credentials),
    await signIn(core(), keyed, credentials),
    await signIn(core(), meta(), credentials),
  ];
  expect(again).toEqual(one);
  expect(other.sessionId).not.toBe(one.sessionId);
  expect(await authenticator().byAccessToken(one.accessToken)).toMatchObject({ sessionId: one.sessionId });
  const opened = await recorded(program().stores.events, 'SessionOpened');
  expect(opened.map(({ data }) => data.userId)).toEqual([userId, userId]);
});

test('nobody signs in with a wrong password', async () => {
  await expect(signIn(core(), meta(), { ...credentials, password: 'guessed' })).rejects.toThrow('credentials-wrong');
});
