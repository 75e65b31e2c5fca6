// The verbs that a server carries out for the command line, since it has the stores: the table of all that can be asked over
// `verbChannel.ts`. Where no server runs, the command line does the same itself.

import type { Checking } from './checking.ts';
import { theOne } from './commands/accountNamed.ts';
import { ownerOf } from './commands/claims.ts';
import type { Core } from './commands/core.ts';
import { grantRole } from './commands/grantRole.ts';
import { makeResetLink } from './commands/makeResetLink.ts';
import { reinstateUser } from './commands/reinstateUser.ts';
import { erasePerson, takeBackErasure } from './commands/requestErasure.ts';
import { erasures } from './domain/erasure.ts';
import type { Role } from './domain/events.ts';
import type { Seal } from './domain/seal.ts';
import { users } from './domain/user.ts';
import type { Rebuilding } from './rebuilding.ts';
import type { Answerer, OnProgress } from './verbChannel.ts';

/** Nobody is signed in at the command line. */
const metaOf = (core: Core, verb: string) => ({
  actorId: null,
  address: null,
  correlationId: `${verb} ${core.newId()}`,
});

/** Its id. `name`: an id, an e-mail address or a username. @throws Error if there is none; NameAmbiguous */
const accountNamed = async (core: Core, name: string): Promise<string> => {
  const id = name.toLowerCase();
  const isId = (await core.ledger.load(users, id)).status !== 'unknown';
  const called = (await ownerOf(core, 'email', name)) ?? (await ownerOf(core, 'username', name));
  const userId = theOne(name, isId ? id : undefined, called);
  if (userId === undefined) throw new Error(`there is no account '${name}': register it first`);
  return userId;
};

export const promote = async (core: Core, name: string, role: Role): Promise<void> => {
  await grantRole(core, metaOf(core, 'promote'), { userId: await accountNamed(core, name), role });
};

export const reinstate = async (core: Core, name: string): Promise<void> => {
  await reinstateUser(core, metaOf(core, 'reinstate'), { userId: await accountNamed(core, name) });
};

/** What the operator is told of an erasure. */
export interface Erased {
  readonly dueAt: string;
  /** Null: not yet. */
  readonly certificate: string | null;
}

/** `name`: the id may be that of a deleted account. `isNow`: without a time of grace. @throws Refused; as `accountNamed` */
export const erase = async (core: Core, name: string, isNow: boolean): Promise<Erased> => {
  const userId = await accountNamed(core, name);
  await erasePerson(core, metaOf(core, 'erase'), { userId });
  if (isNow) await core.erasing.carryOut(userId, 'erase');
  const { request, certificate } = await core.ledger.load(erasures, userId);
  return { dueAt: request!.dueAt, certificate };
};

export const takeBack = async (core: Core, name: string): Promise<void> => {
  await takeBackErasure(core, metaOf(core, 'erase'), { targetId: await accountNamed(core, name) });
};

/** Returns the token of a link that sets a password. */
export const resetLink = (core: Core, name: string): Promise<string> =>
  makeResetLink(core, metaOf(core, 'reset-password'), name);

export const seal = (core: Core): Promise<Seal> => core.sealLog(metaOf(core, 'seal'));

/** Records the public key that signs. @returns its thumbprint */
export const recordKey = async (core: Core): Promise<string> => {
  await core.signer.record(metaOf(core, 'export'));
  return core.signer.kid;
};

/** What `verbChannel.ts` calls in a server. */
export const serverVerbs = (core: Core, rebuilding: Rebuilding, checking: Checking): Answerer => {
  const table: Readonly<
    Record<string, (args: readonly string[], ...rest: [OnProgress, AbortSignal]) => Promise<unknown>>
  > = {
    rebuild: (_, onProgress, signal) => rebuilding.build(onProgress, signal),
    doctor: ([repair], onProgress, signal) => checking.examine({ repair: repair === 'repair', onProgress, signal }),
    // The command checks the role.
    promote: ([name = '', role = '']) => promote(core, name, role as Role),
    erase: ([name = '', isNow]) => erase(core, name, isNow === 'now'),
    'take-back-erasure': ([name = '']) => takeBack(core, name),
    reinstate: ([name = '']) => reinstate(core, name),
    seal: () => seal(core),
    'record-key': () => recordKey(core),
    'reset-password': ([name = '']) => resetLink(core, name),
  };
  return async (verb, args, onProgress, signal) => {
    const work = Object.hasOwn(table, verb) ? table[verb] : undefined;
    if (work === undefined) throw new Error(`this server does not know the verb ${verb}: it is of another version`);
    return work(args, onProgress, signal);
  };
};
