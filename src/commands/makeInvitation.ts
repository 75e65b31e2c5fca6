// An admin invites people to register. The code of the invitation is derived from its id.

import { z } from 'zod';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { makeInvitation as decide, invitations } from '../domain/invitation.ts';
import { accountOf } from '../domain/user.ts';
import { command, wanted } from './command.ts';

const DAY = 24 * 60 * 60 * 1000;

export const makeInvitation = command({
  input: z.strictObject({
    uses: z.int().min(1).max(100).default(1).describe('Accounts that may register by it.'),
    days: z.int().min(1).max(365).default(7).describe('Days until it ends.'),
  }),
  refuses: ['not-permitted'],
  target: (_, { actorId }) => wanted(invitations, 'invitation', actorId),
  makes: (invitationId) => ({ invitationId }),
  carryOut: (core, meta, { uses, days }, { invitationId, actor }) => {
    check(readerOf(accountOf(actor)), 'invite', server);
    const endsAt = new Date(core.now().getTime() + days * DAY).toISOString();
    const made = { invitationId, uses, endsAt, by: actor.userId };
    return core.ledger.transact(invitations, invitationId, meta, (invitation) => decide(invitation, made));
  },
});
