// What of the history is one person's data: what the person said, did and was. Not what others said to them.

import type { Event } from './events.ts';
import { personFields } from './peopleIn.ts';
import { personOf } from './streams.ts';

/** What somebody is sent is the sender's, and so is what names them. */
const naming = personFields.filter((field) => field !== 'receiverId' && field !== 'mentioned');

const names = ({ data }: Event, userId: string): boolean => {
  const fields = data as { readonly [field: string]: unknown };
  return naming.some((field) => [fields[field]].flat().includes(userId));
};

export const isOfPerson = (event: Event, userId: string): boolean =>
  event.meta.actorId === userId || personOf(event.stream) === userId || names(event, userId);

/** Whether a message is theirs, though it does not name them: at a desk they are a visitor. */
export const isSaidBy = ({ type, meta }: Event, userId: string): boolean =>
  type === 'MessageSent' && meta.actorId === userId;
