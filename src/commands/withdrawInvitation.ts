// An admin withdraws an invitation. Accounts that registered by it stay.

import { z } from 'zod';
import { check } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import { withdrawInvitation as decide, invitations } from '../domain/invitation.ts';
import { accountOf } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { ids } from './fields.ts';

export const withdrawInvitation = command({
  input: z.strictObject({ invitationId: ids.invitation }),
  refuses: ['invitation-unknown', 'not-permitted'],
  target: ({ invitationId }) => existing(invitations, invitationId),
  carryOut: async (core, meta, _, { id, actor }) => {
    check(readerOf(accountOf(actor)), 'invite', server);
    return core.ledger.transact(invitations, id, meta, (invitation) => decide(invitation, actor.userId));
  },
});
