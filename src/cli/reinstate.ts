// verbatim reinstate: reinstates a suspended account, for instance that of the only admin.

import { reinstateUser } from '../commands/reinstateUser.ts';
import { accountNamed } from './accountNamed.ts';
import { offline } from './offline.ts';
import type { Verb } from './verb.ts';

export const reinstate: Verb = (command) =>
  command
    .description('end the suspension of an account')
    .argument('<name>', 'its e-mail address or username')
    .action(async (name: string) => {
      await offline(async ({ core }) => {
        const userId = await accountNamed(core, name);
        await reinstateUser(core, { actorId: null, address: null, correlationId: 'reinstate' }, { userId });
      });
      console.log(`${name} can sign in`);
    });
