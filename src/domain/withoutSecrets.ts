// Events as people see them: without the hashes that would help a thief, and without what is encrypted.

import type { Event } from './events.ts';

const secrets = new Set(['passwordHash', 'keyHash', 'contentKey']);

/** The event with `[redacted]` in place of each secret. */
export const withoutSecrets = ({ secret: _, ...event }: Event): Event => {
  const redacted = Object.keys(event.data).filter((field) => secrets.has(field) && event.data[field as never] != null);
  const marks = Object.fromEntries(redacted.map((field) => [field, '[redacted]']));
  return { ...event, data: { ...event.data, ...marks } } as Event;
};
