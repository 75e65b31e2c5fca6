// Registers the account of a stranger, if the operator lets strangers register.

import type { z } from 'zod';
import { may } from '../domain/access.ts';
import { readerOf, server } from '../domain/accessFacts.ts';
import type { Meta } from '../domain/events.ts';
import { invitations, useInvitation } from '../domain/invitation.ts';
import { Refused } from '../domain/refused.ts';
import { accountOf, users } from '../domain/user.ts';
import { command } from './command.ts';
import type { Core } from './core.ts';
import { text } from './fields.ts';
import { registerAs, registerUser, targetOf } from './registerUser.ts';

/** Records that an account of this id registers by the invitation. */
type Admit = (meta: Meta, userId: string) => Promise<unknown>;

/**
 * Refuses strangers who may not register. Asked before anything else, so that they do not learn which names are taken.
 * `invitation`: its code, where the stranger has one. `userId`: the account of a repeated attempt may have used it before.
 * @throws Refused `registration-closed`, `invitation-required`, `invitation-invalid`
 */
export const mayRegister = async (core: Core, invitation: string | null, userId = ''): Promise<Admit> => {
  if (core.registration === 'closed') throw new Refused('registration-closed');
  if (core.registration === 'open') return async () => undefined;
  if (invitation === null || invitation === '') throw new Refused('invitation-required', 'invitation');
  const invitationId = core.tokens.readInvitation(invitation);
  if (invitationId === undefined) throw new Refused('invitation-invalid', 'invitation');
  const present = await core.ledger.load(invitations, invitationId);
  useInvitation(present, userId, core.now());
  // Whoever was suspended or is no admin any more lets nobody in, also by what was handed out before.
  const maker = await core.ledger.load(users, present.by);
  if (!may(readerOf(accountOf(maker)), 'invite', server)) throw new Refused('invitation-invalid', 'invitation');
  return ({ actorId, correlationId }, userId) =>
    core.ledger.transact(invitations, invitationId, { actorId, correlationId }, (now) =>
      useInvitation(now, userId, core.now()),
    );
};

const SignUp = registerUser.input.omit({ userId: true, externalId: true }).extend({
  invitation: text(200).nullable().optional().describe('Its code, where registering needs one.'),
});
export type SignUp = z.input<typeof SignUp>;

export const signUp = command({
  input: SignUp,
  access: 'public',
  refuses: [...registerUser.refuses, 'invitation-invalid', 'invitation-required', 'registration-closed'],
  target: targetOf,
  makes: (userId) => ({ userId }),
  costs: { registrations: 1 },
  carryOut: async (core, meta, { invitation = null, ...wish }, { userId, origin }) => {
    const admit = await mayRegister(core, invitation, userId);
    return registerAs(core, meta, wish, userId, origin.address, () => admit(meta, userId));
  },
});
