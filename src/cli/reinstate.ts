// verbatim reinstate: reinstates a suspended account, for instance that of the only admin.

import { reinstateUser } from '../commands/reinstateUser.ts';
import { accountNamed } from './accountNamed.ts';
import { offline } from './offline.ts';
import { UsageError, type Verb } from './verb.ts';

export const reinstate: Verb = {
  usage: 'reinstate <email or username>',
  says: 'end the suspension of an account',
  run: async ([name = '']) => {
    if (name === '') throw new UsageError('usage: verbatim reinstate <email or username>');
    await offline(async ({ core }) => {
      const userId = await accountNamed(core, name);
      await reinstateUser(core, { actorId: null, correlationId: 'reinstate' }, { userId });
    });
    console.log(`${name} can sign in`);
  },
};
