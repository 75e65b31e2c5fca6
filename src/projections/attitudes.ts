// How accounts treat desks, where not as open ones.

import { type Attitude, type AttitudeEvent, attitudeIn } from '../domain/attitude.ts';
import { membershipId } from './memberships.ts';
import { changesOf, type Projection } from './projection.ts';

export interface AttitudeDoc {
  /** As of a membership. */
  readonly id: string;
  readonly conversationId: string;
  readonly userId: string;
  readonly attitude: Attitude;
  /** Position of the event. */
  readonly since: number;
}

const { put, remove } = changesOf('attitudes');

const treated = (event: AttitudeEvent & { readonly position: number }) => {
  const { conversationId, userId } = event.data;
  const id = membershipId(conversationId, userId);
  return [put({ id, conversationId, userId, attitude: attitudeIn(event)!, since: event.position })];
};

export const attitudes: Projection = {
  collection: { name: 'attitudes', indexes: [{ fields: ['userId'], sort: 'since' }] },
  on: {
    DeskMuted: treated,
    DeskLeft: treated,
    DeskBlocked: treated,
    DeskReopened: ({ data: { conversationId, userId } }) => [remove(membershipId(conversationId, userId))],
  },
};
