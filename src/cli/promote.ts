// verbatim promote: gives a role to an account; this is how the first admin is made.

import { ownerOf } from '../commands/claims.ts';
import { grantRole } from '../commands/grantRole.ts';
import { type Role, roles } from '../domain/events.ts';
import { offline } from './offline.ts';
import { UsageError, type Verb } from './verb.ts';

const isRole = (role: string): role is Role => (roles as readonly string[]).includes(role);

export const promote: Verb = {
  usage: 'promote <email or username> <role>',
  says: `give an account a role: ${roles.join(', ')}`,
  run: async ([name = '', role = '']) => {
    if (name === '' || !isRole(role))
      throw new UsageError(`usage: verbatim promote <email or username> <${roles.join('|')}>`);
    await offline(async ({ core }) => {
      const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
      if (userId === undefined) throw new UsageError(`there is no account '${name}': register it first`);
      await grantRole(core, { actorId: null, address: null, correlationId: 'promote' }, { userId, role });
    });
    console.log(`${name} now has the role ${role}`);
  },
};
