// verbatim reinstate: reinstates a suspended account, for instance that of the only admin.

import { reinstate as carryOut } from '../serverVerbs.ts';
import { besideServer } from './besideServer.ts';
import type { Verb } from './verb.ts';

export const reinstate: Verb = (command) =>
  command
    .description('end the suspension of an account')
    .argument('<name>', 'its e-mail address, username or id')
    .action(async (name: string) => {
      await besideServer('reinstate', [name], (core) => carryOut(core, name));
      console.log(`${name} can sign in`);
    });
