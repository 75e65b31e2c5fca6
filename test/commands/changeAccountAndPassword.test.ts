import { expect, test } from 'vitest';
import { changeAccountAndPassword } from '../../src/commands/changeAccountAndPassword.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { users } from '../../src/domain/user.ts';
import { accounts, somebody } from '../support/accounts.ts';
import { commandRules, longAgo } from '../support/commandRules.ts';
import { fresh, meta } from '../support/core.ts';

const { core, register, enter } = accounts();

const wish = { firstName: 'Anna', password: 'battery staple', sessionId: null };

commandRules(
  changeAccountAndPassword,
  {
    taken: async ({ core }) => [await somebody(core), wish],
    records: ['PasswordChanged', 'ProfileChanged'],
    refused: {
      'who signed in long ago changes neither': [
        'confirmation-required',
        async ({ core }) => [await somebody(core), wish, longAgo()],
      ],
      'a new password has 8 characters': [
        'password-too-short',
        async ({ core }) => [await somebody(core), { ...wish, password: 'kq7#zv!' }],
      ],
      'a new password is none of those that are guessed first': [
        'password-too-common',
        async ({ core }) => [await somebody(core), { ...wish, password: 'Password1' }],
      ],
      'an e-mail address belongs to one account': [
        'email-taken',
        async ({ core }) => {
          await registerUser(core, meta(), { email: 'eve@example.com' });
          return [await somebody(core), { ...wish, email: 'eve@example.com' }];
        },
      ],
      'a username belongs to one account': [
        'username-taken',
        async ({ core }) => {
          await registerUser(core, meta(), { username: 'eve' });
          return [await somebody(core), { ...wish, username: 'eve' }];
        },
      ],
      'a phone number belongs to one account': [
        'phone-taken',
        async ({ core }) => {
          await registerUser(core, meta(), { username: 'phil', phone: '+1 555 0100' });
          return [await somebody(core), { ...wish, phone: '+1 555 0100' }];
        },
      ],
      'a username does not mix alphabets that look alike': [
        'username-confusable',
        async ({ core }) => [await somebody(core), { ...wish, username: 'p\u0430ul' }],
      ],
      'a username does not read like the address of somebody': [
        'username-misleading',
        async ({ core }) => [await somebody(core), { ...wish, username: 'ben@x.io' }],
      ],
      'the last name by which an account is found stays': [
        'name-required',
        async ({ core }) => [await somebody(core), { ...wish, username: null, email: null }],
      ],
      'a picture that is a stored file was stored by who sets it': [
        'file-unknown',
        async ({ core, person, stored }) => [
          await somebody(core),
          { ...wish, avatar: await stored(await person('ben')) },
        ],
      ],
    },
  },
  ['user-unknown', 'confirmation-wrong'],
);

test('the present password is no new one, and confirms a new address', async () => {
  const { userId } = await register('pia');
  const before = await core().ledger.load(users, userId);
  const same = { email: 'pia@example.net', password: 'correct horse', sessionId: null };
  await changeAccountAndPassword(core(), { ...fresh(userId), signedInAt: longAgo() }, same);
  const { names, epoch, passwordHash } = await enter('pia');
  expect([names.email, epoch, passwordHash]).toEqual(['pia@example.net', before.epoch, before.passwordHash]);
});
