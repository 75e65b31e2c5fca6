import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { registerUser } from '../../src/commands/registerUser.ts';
import { signIn } from '../../src/commands/signIn.ts';
import { sessions } from '../../src/domain/session.ts';
import { users } from '../../src/domain/user.ts';
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

test('a refused sign-in or registration leaves nothing among the streams that are kept in memory', async () => {
  await register('pia');
  const id = randomUUID();
  const naming = { ...core(), newId: () => id };
  const { ledger } = naming;
  const pia = { name: 'pia', password: 'correct horse', by: ['username'] as const };
  await expect(signIn(naming, meta(), { ...pia, password: 'guessed' })).rejects.toThrow('credentials-wrong');
  expect(ledger.recall(sessions, id)).toBeUndefined();
  await expect(registerUser(naming, meta(), { username: 'pia' })).rejects.toThrow('username-taken');
  expect(ledger.recall(users, id)).toBeUndefined();
  expect((await signIn(naming, meta(), pia)).sessionId).toBe(id);
  expect(ledger.recall(sessions, id)).toMatchObject({ sessionId: id });
});
