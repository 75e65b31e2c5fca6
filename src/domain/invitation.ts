// An invitation to register: good for some accounts, until some time, or until an admin withdraws it.

import type { Aggregate } from './aggregate.ts';
import type { DataOf, Events } from './events.ts';
import { Refused } from './refused.ts';
import { streams } from './streams.ts';

export interface Invitation {
  readonly status: 'unknown' | 'open' | 'withdrawn';
  readonly invitationId: string;
  /** Who made it. */
  readonly by: string;
  /** Accounts that may register by it. */
  readonly uses: number;
  /** ISO time. */
  readonly endsAt: string;
  /** The accounts that registered by it, or began to. */
  readonly usedBy: readonly string[];
}

const unknown: Invitation = { status: 'unknown', invitationId: '', by: '', uses: 0, endsAt: '', usedBy: [] };

export const invitations: Aggregate<Invitation> = {
  stream: streams.invitation,
  initial: () => unknown,
  evolve: (invitation, event) => {
    switch (event.type) {
      case 'InvitationMade': {
        const { invitationId, by, uses, endsAt } = event.data;
        return { ...invitation, status: 'open', invitationId, by, uses, endsAt };
      }
      case 'InvitationUsed':
        return { ...invitation, usedBy: [...invitation.usedBy, event.data.userId] };
      case 'InvitationWithdrawn':
        return { ...invitation, status: 'withdrawn' };
      default:
        return invitation;
    }
  },
};

export const makeInvitation = ({ status }: Invitation, made: DataOf<'InvitationMade'>): Events => {
  if (status !== 'unknown') throw new Refused('conflict');
  return [{ type: 'InvitationMade', data: made }];
};

/** An account that registers by it once more, because its first attempt broke off, uses it once. */
export const useInvitation = (invitation: Invitation, userId: string, now: Date): Events => {
  const { status, invitationId, uses, endsAt, usedBy } = invitation;
  if (usedBy.includes(userId)) return [];
  if (status !== 'open' || now >= new Date(endsAt) || usedBy.length >= uses)
    throw new Refused('invitation-invalid', 'invitation');
  return [{ type: 'InvitationUsed', data: { invitationId, userId } }];
};

export const withdrawInvitation = ({ status, invitationId }: Invitation, by: string): Events => {
  if (status === 'unknown') throw new Refused('invitation-unknown');
  return status === 'open' ? [{ type: 'InvitationWithdrawn', data: { invitationId, by } }] : [];
};
