// Signs a device in: a short-lived access token and a refresh token that changes with each use.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { openSession as decide, sessions } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import { command, wanted } from './command.ts';
import type { Origin } from './context.ts';
import type { Core, Done } from './core.ts';
import { type Credentials, signIn } from './signIn.ts';
import { pairOf, type TokenPair } from './tokenPair.ts';

export type Opened = Done & TokenPair & { readonly sessionId: string };

const record = (core: Core, meta: Meta, user: User, sessionId: string): Promise<Done> =>
  core.ledger.transact(sessions, sessionId, { ...meta, actorId: user.userId }, (session) =>
    decide(session, sessionId, user),
  );

/** The first pair of a session: a retry long after it gives no later one. */
const firstPairOf = async (core: Core, sessionId: string): Promise<TokenPair> => {
  const session = await core.ledger.load(sessions, sessionId);
  return pairOf(core, session, 1, session.openedAt);
};

/** Opens a session for `user`, who has just proved to be who they are. */
export const openSession = async (core: Core, { actorId, correlationId }: Origin, user: User): Promise<Opened> => {
  const sessionId = core.newId();
  const { position } = await record(core, { actorId, correlationId }, user, sessionId);
  return { sessionId, position, ...(await firstPairOf(core, sessionId)) };
};

const signInOnce = command({
  input: z.custom<Credentials>(),
  target: ({ name }) => wanted(sessions, 'session', name),
  makes: (sessionId) => ({ sessionId }),
  carryOut: async (core, meta, credentials, { sessionId }) =>
    record(core, meta, await signIn(core, meta, credentials), sessionId),
});

/** Opens a session for whoever knows name and password. @throws Refused `credentials-wrong` */
export const signInWithTokens = async (core: Core, origin: Origin, credentials: Credentials): Promise<Opened> => {
  const { sessionId, position } = await signInOnce(core, origin, credentials);
  return { sessionId, position, ...(await firstPairOf(core, sessionId)) };
};
