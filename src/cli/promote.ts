// verbatim promote: gives a role to an account; this is how the first admin is made.

import { Argument } from 'commander';
import { type Role, roles } from '../domain/events.ts';
import { promote as carryOut } from '../serverVerbs.ts';
import { besideServer } from './besideServer.ts';
import type { Verb } from './verb.ts';

export const promote: Verb = (command) =>
  command
    .description('give an account a role')
    .argument('<name>', 'its e-mail address, username or id')
    .addArgument(new Argument('<role>', 'what it may do from now on').choices(roles))
    .action(async (name: string, role: Role) => {
      await besideServer('promote', [name, role], (core) => carryOut(core, name, role));
      console.log(`${name} now has the role ${role}`);
    });
