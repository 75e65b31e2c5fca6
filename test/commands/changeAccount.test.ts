import { changeAccount } from '../../src/commands/changeAccount.ts';
import { registerUser } from '../../src/commands/registerUser.ts';
import { commandRules, longAgo } from '../support/commandRules.ts';
import { meta } from '../support/core.ts';

commandRules(
  changeAccount,
  {
    taken: async ({ person }) => [await person('ann'), { firstName: 'Anna' }],
    records: ['ProfileChanged'],
    refused: {
      'who signed in long ago says the password for a new e-mail address': [
        'confirmation-required',
        async ({ person }) => [await person('ann'), { email: 'new@example.com' }, longAgo()],
      ],
      'and so for a new phone number, with a password that is right': [
        'confirmation-wrong',
        async ({ person }) => [await person('ann'), { phone: '+1 555 0101', current: 'guessed' }, longAgo()],
      ],
      'an e-mail address belongs to one account': [
        'email-taken',
        async ({ core, person }) => {
          await registerUser(core, meta(), { email: 'eve@example.com' });
          return [await person('ann'), { email: 'eve@example.com' }];
        },
      ],
      'a username belongs to one account': [
        'username-taken',
        async ({ core, person }) => {
          await registerUser(core, meta(), { username: 'eve' });
          return [await person('ann'), { username: 'eve' }];
        },
      ],
      'a phone number belongs to one account': [
        'phone-taken',
        async ({ core, person }) => {
          await registerUser(core, meta(), { username: 'phil', phone: '+1 555 0100' });
          return [await person('ann'), { phone: '+1 555 0100' }];
        },
      ],
      'a username does not mix alphabets that look alike': [
        'username-confusable',
        async ({ person }) => [await person('ann'), { username: 'p\u0430ul' }],
      ],
      'a username does not read like the address of somebody': [
        'username-misleading',
        async ({ person }) => [await person('ann'), { username: 'ben@x.io' }],
      ],
      'the last name by which an account is found stays': [
        'name-required',
        async ({ person }) => [await person('ann'), { username: null, email: null }],
      ],
      'a picture that is a stored file was stored by who sets it': [
        'file-unknown',
        async ({ person, stored }) => [await person('ann'), { avatar: await stored(await person('ben')) }],
      ],
    },
  },
  ['user-unknown'],
);
