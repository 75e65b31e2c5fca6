// Whom an event names.

import type { Event } from './events.ts';
import { userIdsOf } from './streams.ts';

/** Fields of events that have the id of an account. `ownerId` of a claim and `targetId` of an erasure may also be others. */
export const personFields = [
  'userId',
  'ownerId',
  'senderId',
  'receiverId',
  'by',
  'addedBy',
  'removedBy',
  'restoredBy',
  'pinnedBy',
  'unpinnedBy',
  'givenBy',
  'setBy',
  'appointedBy',
  'dismissedBy',
  'openedBy',
  'startedBy',
  'readerId',
  'targetId',
  'userIds',
  'mentioned',
] as const;

/** The ids of the accounts that the event names in its data, its stream and as its actor; each once. */
export const peopleIn = ({ data, stream, meta }: Event): readonly string[] => {
  const fields = data as { readonly [field: string]: unknown };
  const named = [meta.actorId, ...personFields.map((field) => fields[field]), ...userIdsOf(stream)].flat();
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))];
};
