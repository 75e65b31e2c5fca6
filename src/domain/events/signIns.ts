// Events of what lets somebody in: sessions, invitations, tickets.

import { z } from 'zod';
import { count, id, number, text } from './fields.ts';

/** What the token of a bot may be used for. */
export const scopes = ['read', 'write', 'files', 'manage', 'audit'] as const;
export type Scope = (typeof scopes)[number];

export const signInEvents = {
  // session-<id>
  /** `device`: what signed in. `bot`: the session is the token of a bot, which is never refreshed. */
  SessionOpened: z.object({
    sessionId: id,
    userId: id,
    epoch: count,
    device: text.optional(),
    bot: z.object({ scopes: z.array(z.enum(scopes)) }).optional(),
    botName: text.optional(),
  }),
  SessionRefreshed: z.object({ sessionId: id, generation: number }),
  SessionClosed: z.object({ sessionId: id, userId: id, reason: z.enum(['logged-out', 'refresh-token-reused']) }),
  // invitation-<id>
  InvitationMade: z.object({ invitationId: id, uses: number, endsAt: z.iso.datetime(), by: id }),
  /** `userId`: the account that registers by it. */
  InvitationUsed: z.object({ invitationId: id, userId: id }),
  InvitationWithdrawn: z.object({ invitationId: id, by: id }),
  // ticket-<id>
  TicketUsed: z.object({ ticketId: id, userId: id, sessionId: id.nullable() }),
} as const;
