// verbatim promote: gives a role to an account; this is how the first admin is made.

import { Argument } from 'commander';
import { grantRole } from '../commands/grantRole.ts';
import { type Role, roles } from '../domain/events.ts';
import { accountNamed } from './accountNamed.ts';
import { offline } from './offline.ts';
import type { Verb } from './verb.ts';

export const promote: Verb = (command) =>
  command
    .description('give an account a role')
    .argument('<name>', 'its e-mail address or username')
    .addArgument(new Argument('<role>', 'what it may do from now on').choices(roles))
    .action(async (name: string, role: Role) => {
      await offline(async ({ core }) => {
        const userId = await accountNamed(core, name);
        await grantRole(core, { actorId: null, address: null, correlationId: 'promote' }, { userId, role });
      });
      console.log(`${name} now has the role ${role}`);
    });
