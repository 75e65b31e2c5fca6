import { registerUser } from '../../src/commands/registerUser.ts';
import { commandRules } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

let accounts = 0;

commandRules(registerUser, {
  taken: async () => [null, { username: `ann${accounts++}` }],
  records: ['NameClaimed', 'UserRegistered'],
  // Without a key it is somebody else.
  again: 'username-taken',
  refused: {
    'an e-mail address belongs to one account, in whatever letter case': [
      'email-taken',
      async ({ core }) => {
        await registerUser(core, meta(), { email: 'eve@example.com' });
        return [null, { email: 'EVE@example.com' }];
      },
    ],
    'a username belongs to one account': [
      'username-taken',
      async ({ core }) => {
        await registerUser(core, meta(), { username: 'eve' });
        return [null, { username: 'Eve' }];
      },
    ],
    'a phone number belongs to one account, however it is spaced': [
      'phone-taken',
      async ({ core }) => {
        await registerUser(core, meta(), { username: 'phil', phone: '+1 555 0100' });
        return [null, { username: 'phoebe', phone: '+1-555-0100' }];
      },
    ],
    'an identity of an outside sign-on belongs to one account': [
      'external-identity-taken',
      async ({ core }) => {
        await registerUser(core, meta(), { externalId: 'elsewhere|1' });
        return [null, { externalId: 'elsewhere|1' }];
      },
    ],
    'a username does not mix alphabets that look alike': [
      'username-confusable',
      async () => [null, { username: 'p\u0430ul' }],
    ],
    'a username does not read like the number of somebody': [
      'username-misleading',
      async () => [null, { username: '+49 30 1234567' }],
    ],
    'a password has 8 characters': [
      'password-too-short',
      async () => [null, { username: `ann${accounts++}`, password: 'kq7#zv!' }],
    ],
    'a password is none of those that are guessed first': [
      'password-too-common',
      async () => [null, { username: `ann${accounts++}`, password: 'Password1' }],
    ],
    'an account needs an e-mail address or a username': ['name-required', async () => [null, { firstName: 'Ann' }]],
  },
});
