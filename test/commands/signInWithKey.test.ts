import { expect, test } from 'vitest';
import { changePassword } from '../../src/commands/changePassword.ts';
import { signInWithKey } from '../../src/commands/signInWithKey.ts';
import { signOut } from '../../src/commands/signOut.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';

const { program, core, register, enter, authenticator } = accounts();

test('the key is the same at every log-in until it is logged out', async () => {
  const { userId } = await register('max');
  const { key } = await signInWithKey(core(), meta(), await enter('max'));
  expect(key).toMatch(/^[0-9a-f]{40}$/);
  expect((await signInWithKey(core(), meta(), await enter('max'))).key).toBe(key);
  await program().settled();
  expect(await authenticator().byKey(key)).toMatchObject({ sessionId: null });
  await signOut(core(), meta(userId), { sessionId: null });
  expect(await authenticator().byKey(key)).toBeUndefined();
  expect((await signInWithKey(core(), meta(), await enter('max'))).key).not.toBe(key);
});

test('a password that was changed since it was checked gives no key', async () => {
  const { userId } = await register('mia');
  const known = await enter('mia');
  await changePassword(core(), meta(userId), { current: 'correct horse', password: 'battery staple', sessionId: null });
  await expect(signInWithKey(core(), meta(), known)).rejects.toThrow('credentials-wrong');
  await signInWithKey(core(), meta(), await enter('mia', 'battery staple'));
});
