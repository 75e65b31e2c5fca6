// Changes the names and the profile of one's own account.

import { z } from 'zod';
import { changeAccount as decide, users } from '../domain/user.ts';
import { claiming, type Wanted } from './claims.ts';
import { command, existing } from './command.ts';
import { contactPhone, email, phone, profile, username } from './fields.ts';

type Kind = 'email' | 'username' | 'phone';

export const changeAccount = command({
  input: z
    .strictObject({
      email: email.nullable(),
      username: username.nullable(),
      phone: phone.nullable(),
      contactPhone: contactPhone.nullable(),
      ...profile,
    })
    .partial(),
  // All names that are taken are told at once.
  refuses: ['email-taken', 'username-taken', 'phone-taken', 'username-confusable', 'name-required', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: async (core, meta, { email, username, phone, contactPhone, ...changed }, { actor: { userId, names } }) => {
    const changes = {
      email,
      username,
      phone: phone === undefined ? contactPhone : phone,
      profile: changed,
    };
    const wanted = Object.entries({ email, username, phone }).flatMap(([kind, name]): Wanted[] =>
      name == null || name === names[kind as Kind] ? [] : [{ kind: kind as Kind, name, field: kind }],
    );
    return claiming(core, meta, userId, wanted, (claimed) =>
      core.ledger.transact(users, userId, meta, (user) => decide(user, changes, claimed)),
    );
  },
});
