// The verbs that a server carries out for the command line, since it has the stores: the table of all that can be asked over
// `verbChannel.ts`. Where no server runs, the command line does the same itself.

import type { Checking } from './checking.ts';
import { ownerOf } from './commands/claims.ts';
import type { Core } from './commands/core.ts';
import { grantRole } from './commands/grantRole.ts';
import { makeResetLink } from './commands/makeResetLink.ts';
import { reinstateUser } from './commands/reinstateUser.ts';
import type { Role } from './domain/events.ts';
import type { Seal } from './domain/seal.ts';
import type { Rebuilding } from './rebuilding.ts';
import type { Answerer, OnProgress } from './verbChannel.ts';

/** Nobody is signed in at the command line. */
const metaOf = (core: Core, verb: string) => ({
  actorId: null,
  address: null,
  correlationId: `${verb} ${core.newId()}`,
});

/** Its id. `name`: an e-mail address or a username. @throws Error if there is none */
const accountNamed = async (core: Core, name: string): Promise<string> => {
  const userId = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
  if (userId === undefined) throw new Error(`there is no account '${name}': register it first`);
  return userId;
};

export const promote = async (core: Core, name: string, role: Role): Promise<void> => {
  await grantRole(core, metaOf(core, 'promote'), { userId: await accountNamed(core, name), role });
};

export const reinstate = async (core: Core, name: string): Promise<void> => {
  await reinstateUser(core, metaOf(core, 'reinstate'), { userId: await accountNamed(core, name) });
};

/** Returns the token of a link that sets a password. */
export const resetLink = (core: Core, name: string): Promise<string> =>
  makeResetLink(core, metaOf(core, 'reset-password'), name);

export const seal = (core: Core): Promise<Seal> => core.sealLog(metaOf(core, 'seal'));

/** What `verbChannel.ts` calls in a server. */
export const serverVerbs = (core: Core, rebuilding: Rebuilding, checking: Checking): Answerer => {
  const table: Readonly<
    Record<string, (args: readonly string[], ...rest: [OnProgress, AbortSignal]) => Promise<unknown>>
  > = {
    rebuild: (_, onProgress, signal) => rebuilding.build(onProgress, signal),
    doctor: ([repair], onProgress, signal) => checking.examine({ repair: repair === 'repair', onProgress, signal }),
    // The command checks the role.
    promote: ([name = '', role = '']) => promote(core, name, role as Role),
    reinstate: ([name = '']) => reinstate(core, name),
    seal: () => seal(core),
    'reset-password': ([name = '']) => resetLink(core, name),
  };
  return async (verb, args, onProgress, signal) => {
    const work = Object.hasOwn(table, verb) ? table[verb] : undefined;
    if (work === undefined) throw new Error(`this server does not know the verb ${verb}: it is of another version`);
    return work(args, onProgress, signal);
  };
};
