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

/**
 * Whether they said what is private in an event, though it needs the key of a desk: there a person is a visitor. The desk answers
 * by itself, also in the name of its visitor.
 */
export const isSaidAtDesk = ({ type, data, meta }: Event, userId: string): boolean =>
  meta.actorId === userId && (type === 'DeskOpened' || (type === 'MessageSent' && data.answers === undefined));
