// How one registers in the foreign APIs: the path, and the form of a name.

import { PASSWORD } from './program.ts';

export const foreignRegistrations: readonly (readonly [path: string, form: (name: string) => object])[] = [
  [
    '/solari/api/register/',
    (name) => ({
      full_name: `${name} Lovelace`,
      email: `${name}@x.io`,
      phone_number: String(2e9 + name.charCodeAt(0)),
      password: PASSWORD,
    }),
  ],
  [
    '/django-chat/api/register/',
    (name) => ({ username: name, email: `${name}@x.io`, password: PASSWORD, first_name: 'A', last_name: 'B' }),
  ],
  ['/thanchat/userauth/users/', (name) => ({ username: name, email: `${name}@x.io`, password: PASSWORD })],
  [
    '/silicornya/registration/',
    (name) => ({ username: name, email: `${name}@x.io`, password1: PASSWORD, password2: PASSWORD }),
  ],
];
