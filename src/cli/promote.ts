// verbatim promote: gives a role to an account; this is how the first admin is made.

import { Argument } from 'commander';
import { ownerOf } from '../commands/claims.ts';
import { grantRole } from '../commands/grantRole.ts';
import { type Role, roles } from '../domain/events.ts';
import { offline } from './offline.ts';
import { UsageError, type Verb } from './verb.ts';

export const promote: Verb = (command) =>
  command
    .description('give an account a role')
    .argument('<name>', 'its e-mail address or username')
    .addArgument(new Argument('<role>', 'what it may do from now on').choices(roles))
    .action(async (name: string, role: Role) => {
      await offline(async ({ core }) => {
        const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
        if (userId === undefined) throw new UsageError(`there is no account '${name}': register it first`);
        await grantRole(core, { actorId: null, correlationId: 'promote' }, { userId, role });
      });
      console.log(`${name} now has the role ${role}`);
    });
