import { expect, test } from 'vitest';
import { ownerOf } from '../../src/commands/claims.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import type { ClaimKind } from '../../src/domain/names.ts';
import { accounts } from '../support/accounts.ts';
import { meta } from '../support/core.ts';
import { instead } from '../support/instead.ts';

const { core } = accounts();

test.each<[ClaimKind, number]>([
  ['email', 509],
  ['username', 301],
  ['phone', 511],
  ['slug', 201],
  ['group', 401],
])('nobody has a name longer than any spelling of one: %s', async (kind, length) => {
  // To compare it takes long: it is not even brought into the form that is compared.
  const asked: string[] = [];
  const pseudonym = (what: string) => {
    asked.push(what);
    return what;
  };
  const strict = instead(core(), { pseudonym, ledger: undefined as never });
  expect(await ownerOf(strict, kind, 'a'.repeat(length))).toBeUndefined();
  await expect(ownerOf(strict, kind, 'a'.repeat(length - 1))).rejects.toThrow(TypeError);
});

test('the longest name is found in every spelling', async () => {
  const username = '\u00e9'.repeat(150);
  const { userId } = await registerUser(core(), meta(), { username });
  expect(await ownerOf(core(), 'username', username.normalize('NFD'))).toBe(userId);
});
