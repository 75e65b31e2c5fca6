import { expect, test } from 'vitest';
import { accounts } from '../support/accounts.ts';

const { register, enter } = accounts();

test('unknown account and wrong password are the same refusal', async () => {
  await register('jan');
  await expect(enter('jan', 'wrong')).rejects.toThrow('credentials-wrong');
  await expect(enter('nobody')).rejects.toThrow('credentials-wrong');
  expect((await enter('JAN@example.com')).names.username).toBe('jan');
});
