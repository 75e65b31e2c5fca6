// Signs in: opens a session, with a short-lived access token and a refresh token that changes with each use.

import { z } from 'zod';
import type { Meta } from '../domain/events.ts';
import { openSession, sessions } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import { command, wanted } from './command.ts';
import type { Origin } from './context.ts';
import { asOf, type Core, type Done } from './core.ts';
import { pairOf } from './tokenPair.ts';
import { type Credentials, verifyCredentials } from './verifyCredentials.ts';

/** `device`: what signs in, in a few words. */
export type SignIn = Credentials & { readonly device?: string | undefined };

export type SignedIn = Done & Awaited<ReturnType<typeof pairOf>> & { readonly sessionId: string };

const record = (core: Core, meta: Meta, user: User, sessionId: string, device?: string): Promise<Done> =>
  core.ledger.transact(sessions, sessionId, { ...meta, actorId: user.userId }, (session) =>
    openSession(session, sessionId, user, { device }),
  );

/** Returns the first tokens of the session: a retry, however late, gets no newer ones. */
const signedIn = async (core: Core, sessionId: string, position: number): Promise<SignedIn> => {
  const session = await core.ledger.load(sessions, sessionId, asOf(core));
  return { sessionId, position, ...(await pairOf(core, session, 1, session.openedAt)) };
};

/** Signs in `user`, whose credentials were just verified. Never a retry: each sign-in gives new tokens. */
export const signInAs = async (
  core: Core,
  { actorId, correlationId }: Omit<Origin, 'address'>,
  user: User,
  device?: string,
): Promise<SignedIn> => {
  const sessionId = core.newId();
  core.ledger.begin(sessions, sessionId);
  const { position } = await record(core, { actorId, correlationId }, user, sessionId, device);
  return signedIn(core, sessionId, position);
};

const signInOnce = command({
  input: z.custom<SignIn>(),
  access: 'public',
  refuses: ['account-suspended', 'credentials-wrong'],
  target: ({ name }) => wanted(sessions, 'session', name),
  makes: (sessionId) => ({ sessionId }),
  carryOut: async (core, meta, { device, ...credentials }, { sessionId, origin }) =>
    record(core, meta, await verifyCredentials(core, origin, credentials), sessionId, device),
});

/** @throws Refused `credentials-wrong`, `account-suspended` */
export const signIn = async (core: Core, origin: Origin, credentials: SignIn): Promise<SignedIn> => {
  const { sessionId, position } = await signInOnce(core, origin, credentials);
  return signedIn(core, sessionId, position);
};
