// What of the history is one person's data: what the person said, did and was. Not what others said to them.

import type { Event } from './events.ts';
import { personOf } from './streams.ts';

/** Fields of events that name people. `receiverId` is not one: what somebody is sent is the sender's. */
export const naming = [
  'userId',
  'senderId',
  'ownerId',
  'openedBy',
  'startedBy',
  'addedBy',
  'removedBy',
  'appointedBy',
  'dismissedBy',
  'readerId',
  'by',
  // Of an erasure: it may also be a conversation, a message or a file.
  'targetId',
] as const;

const names = ({ data }: Event, userId: string): boolean => {
  const fields = data as { readonly [field: string]: unknown };
  if (naming.some((field) => fields[field] === userId)) return true;
  return Array.isArray(fields.userIds) && fields.userIds.includes(userId);
};

export const isOfPerson = (event: Event, userId: string): boolean =>
  event.meta.actorId === userId || personOf(event.stream) === userId || names(event, userId);

/** Whether a message is theirs, though it does not name them: at a desk they are a visitor. */
export const isSaidBy = ({ type, meta }: Event, userId: string): boolean =>
  type === 'MessageSent' && meta.actorId === userId;
