// Uses a ticket up: recorded, so that it lets nobody in a second time, in another process or after a restart either.

import type { VerifiedTicket } from '../auth/tokens.ts';
import { useTicket as decide, tickets } from '../domain/ticket.ts';
import type { Core } from './core.ts';

/** Whether this is its first use. */
export const useTicket = async (core: Core, { jti, userId, sessionId }: VerifiedTicket): Promise<boolean> => {
  const meta = { actorId: userId, correlationId: core.newId() };
  const { events } = await core.ledger.transact(tickets, jti, meta, (ticket) =>
    decide(ticket, { ticketId: jti, userId, sessionId: sessionId ?? null }),
  );
  return events.length > 0;
};
