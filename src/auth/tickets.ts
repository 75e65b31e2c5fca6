import type { Secrets } from './secret.ts';
import { createSignedToken } from './signedToken.ts';
import { isCount, isId } from './tokenFields.ts';

/** The owner of a ticket: a user signed in by a session, by a key of some generation, or by an outside sign-on. */
export interface TicketSubject {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly keyGeneration?: number | undefined;
  /** When an outside sign-on issued the token, in seconds. */
  readonly outsideAt?: number | undefined;
}

export interface VerifiedTicket extends TicketSubject {
  /** The ticket's id, under which its use is recorded. */
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Seconds. */
export const TICKET_LIFETIME = 30;

interface Options {
  readonly secrets: Secrets;
  readonly now: () => Date;
  /** Makes the ids of tickets. */
  readonly newId: () => string;
}

export const createTickets = async ({ newId, ...options }: Options) => {
  const tickets = await createSignedToken({
    ...options,
    purpose: 'ticket',
    type: 'ticket+jwt',
    audience: 'verbatim socket',
    lifetime: TICKET_LIFETIME,
    requiredClaims: ['jti'],
  });

  return {
    /** A ticket for the address of a socket, valid for 30 seconds; it is not an access token. */
    ticket: ({ userId, sessionId, keyGeneration, outsideAt }: TicketSubject, issuedAt: Date): Promise<string> =>
      tickets.sign(userId, { jti: newId(), sid: sessionId, kgn: keyGeneration, oia: outsideAt }, issuedAt),

    /** The ticket's owner, if this server made the ticket and it has not expired. */
    verifyTicket: async (ticket: string): Promise<VerifiedTicket | undefined> => {
      const claims = await tickets.read(ticket);
      if (claims === undefined) return undefined;
      const { sub: userId, jti, sid: sessionId, kgn: keyGeneration, oia: outsideAt, expiresAt } = claims;
      if (!isId(userId) || !isId(jti)) return undefined;
      if (sessionId !== undefined && !isId(sessionId)) return undefined;
      if (keyGeneration !== undefined && !isCount(keyGeneration)) return undefined;
      if (outsideAt !== undefined && !isCount(outsideAt)) return undefined;
      return { userId, sessionId, keyGeneration, outsideAt, jti, expiresAt };
    },
  };
};
