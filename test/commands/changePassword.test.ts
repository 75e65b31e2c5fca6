import { describe, expect, test } from 'vitest';
import { changeAccount } from '../../src/commands/changeAccount.ts';
import { changePassword } from '../../src/commands/changePassword.ts';
import type { Origin } from '../../src/commands/context.ts';
import type { Core } from '../../src/commands/core.ts';
import { deleteUser } from '../../src/commands/deleteUser.ts';
import { endSessionsOf } from '../../src/commands/endSessionsOf.ts';
import { tokenFor } from '../../src/commands/mailedLinks.ts';
import { makeToken } from '../../src/commands/makeToken.ts';
import { refreshSession } from '../../src/commands/refreshSession.ts';
import { eraseMe } from '../../src/commands/requestErasure.ts';
import { resetPassword } from '../../src/commands/resetPassword.ts';
import { signInAs } from '../../src/commands/signIn.ts';
import { signInWithKey } from '../../src/commands/signInWithKey.ts';
import { erasures, requestErasure } from '../../src/domain/erasure.ts';
import { users } from '../../src/domain/user.ts';
import { accounts, somebody } from '../support/accounts.ts';
import { commandRules, longAgo } from '../support/commandRules.ts';
import { fresh, meta, plainMeta } from '../support/core.ts';

const { program, core, register, enter, authenticator } = accounts();

const wish = { current: 'correct horse', password: 'battery staple', sessionId: null };

commandRules(
  changePassword,
  {
    taken: async ({ core }) => [await somebody(core), wish],
    records: ['PasswordChanged'],
    // The password in force is another one by then.
    again: 'confirmation-wrong',
    refused: {
      'who does not know the password in force does not change it': [
        'confirmation-wrong',
        async ({ core }) => [await somebody(core), { ...wish, current: 'guessed' }],
      ],
      'who signed in long ago says the password in force': [
        'confirmation-required',
        async ({ core }) => [await somebody(core), { password: 'battery staple', sessionId: null }, longAgo()],
      ],
      'a new password has 8 characters': [
        'password-too-short',
        async ({ core }) => [await somebody(core), { ...wish, password: 'kq7#zv!' }],
      ],
      'a new password is none of those that are guessed first': [
        'password-too-common',
        async ({ core }) => [await somebody(core), { ...wish, password: 'Password1' }],
      ],
    },
  },
  ['user-unknown'],
);

test('a new password ends every session and the key', async () => {
  const { userId } = await register('ned');
  const session = await signInAs(core(), meta(), await enter('ned'));
  const { key } = await signInWithKey(core(), meta(), await enter('ned'));
  await expect(
    changePassword(core(), meta(userId), { current: 'wrong', password: 'battery staple', sessionId: null }),
  ).rejects.toThrow('confirmation-wrong');
  await changePassword(core(), meta(userId), {
    current: 'correct horse',
    password: 'battery staple',
    sessionId: null,
  });
  await program().settled();
  expect(await authenticator().byAccessToken(session.accessToken)).toBeUndefined();
  expect(await authenticator().byKey(key)).toBeUndefined();
  await expect(enter('ned')).rejects.toThrow('credentials-wrong');
  await enter('ned', 'battery staple');
});

test('a password set in a session ends the others, and the one in force, set again, ends none', async () => {
  const { userId } = await register('nia');
  const [own, other] = [
    await signInAs(core(), meta(), await enter('nia')),
    await signInAs(core(), meta(), await enter('nia')),
  ];
  const set = (password: string) => changePassword(core(), fresh(userId), { password, sessionId: own.sessionId });
  await set('correct horse');
  expect(await authenticator().byAccessToken(other.accessToken)).toBeDefined();
  await set('battery staple');
  expect(await authenticator().byAccessToken(own.accessToken)).toBeDefined();
  expect(await authenticator().byAccessToken(other.accessToken)).toBeUndefined();
  await refreshSession(core(), meta(), own.refreshToken);
  await enter('nia', 'battery staple');
});

/** While the server hashes or checks a password, the owner sets another one by a link, so that a thief is out. */
const overtaken = (userId: string): Core => {
  const { passwords, ...others } = core();
  const recover = async (): Promise<void> => {
    const token = tokenFor(core(), 'reset-password', await core().ledger.load(users, userId));
    await resetPassword(core(), meta(), { token, password: 'only the owner' });
  };
  const { hash, verify } = passwords;
  return {
    ...others,
    passwords: {
      ...passwords,
      verify: async (...given) => {
        const isRight = await verify(...given);
        await recover();
        return isRight;
      },
      hash: async (...given) => {
        const hashed = await hash(...given);
        await recover();
        return hashed;
      },
    },
  };
};

test('whoever knew the password, or had signed in, takes over nothing once the owner has set another one', async () => {
  const { userId } = await register('oda');
  const other = { password: 'battery staple', sessionId: null };
  const known = { ...other, current: 'correct horse' };
  await expect(changePassword(overtaken(userId), meta(userId), known)).rejects.toThrow('confirmation-wrong');
  const { epoch } = await core().ledger.load(users, userId);
  await expect(changePassword(overtaken(userId), { ...fresh(userId), epoch }, other)).rejects.toThrow(
    'confirmation-required',
  );
  await expect(
    changeAccount(overtaken(userId), meta(userId), { email: 'thief@example.com', current: 'only the owner' }),
  ).rejects.toThrow('confirmation-wrong');
  const { names } = await enter('oda', 'only the owner');
  expect(names.email).toBe('oda@example.com');
});

test.each([
  [
    'changes the password',
    (core: Core, by: Origin) => changePassword(core, by, { password: 'tr0ub4dor and three', sessionId: null }),
  ],
  ['changes the address', (core: Core, by: Origin) => changeAccount(core, by, { email: 'thief@example.com' })],
  ['makes a token', (core: Core, by: Origin) => makeToken(core, by, { name: 'bot', scopes: ['read'] })],
  ['deletes the account', (core: Core, by: Origin) => deleteUser(core, by, {})],
  ['has it erased', (core: Core, by: Origin) => eraseMe(core, by, {})],
])('whose sign-in ended while the request was on its way no longer %s', async (_, take) => {
  const userId = await somebody(core());
  const before = await core().ledger.load(users, userId);
  await changePassword(core(), meta(userId), wish);
  await expect(take(core(), { ...fresh(userId), epoch: before.epoch })).rejects.toThrow('confirmation-required');
});

describe('whose sign-in ends between the check and the request to erase the account', () => {
  const typesOf = async (userId: string) =>
    (await program().stores.events.readStream(`erasure-${userId}`)).map(({ type }) => type);
  const statusOf = async (userId: string) => (await core().ledger.load(users, userId)).status;

  test('has nothing erased, and learns it', async () => {
    const userId = await somebody(core());
    const { erasing } = core();
    const request: typeof erasing.request = async (...given) => {
      await endSessionsOf(core(), meta(), { userId });
      return erasing.request(...given);
    };
    const slow = { ...core(), erasing: { ...erasing, request } };
    await expect(eraseMe(slow, fresh(userId), {})).rejects.toThrow('confirmation-required');
    expect(await typesOf(userId)).toEqual(['ErasureRequested', 'ErasureWithdrawn']);
    expect(await erasing.carryOut(userId, 'test')).toBeUndefined();
    expect(await statusOf(userId)).toBe('registered');
  });

  test('has nothing erased where the server stopped just then', async () => {
    const userId = await somebody(core());
    const { epoch } = await core().ledger.load(users, userId);
    await endSessionsOf(core(), meta(), { userId });
    const wanted = { targetId: userId, kind: 'person', inConversationId: null, by: userId, epoch } as const;
    await core().ledger.transact(erasures, userId, plainMeta(userId), (state) =>
      requestErasure(state, { ...wanted, dueAt: new Date().toISOString() }),
    );
    expect(await core().erasing.carryOut(userId, 'test')).toBeUndefined();
    expect(await typesOf(userId)).toEqual(['ErasureRequested', 'ErasureWithdrawn']);
    expect(await statusOf(userId)).toBe('registered');
  });

  test('has it erased if it ends later: the account can take that back', async () => {
    const userId = await somebody(core());
    await eraseMe(core(), fresh(userId), {});
    await endSessionsOf(core(), meta(), { userId });
    expect(await core().erasing.carryOut(userId, 'test')).toEqual(expect.any(String));
    expect(await statusOf(userId)).toBe('deleted');
  });
});
