// The account that an operator names on the command line.

import { ownerOf } from '../commands/claims.ts';
import type { Core } from '../commands/core.ts';
import { UsageError } from './verb.ts';

/** Its id. `name`: an e-mail address or a username. @throws UsageError if there is none */
export const accountNamed = async (core: Core, name: string): Promise<string> => {
  const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
  if (userId === undefined) throw new UsageError(`there is no account '${name}': register it first`);
  return userId;
};
