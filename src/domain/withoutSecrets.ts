// Events as people see them: without the hashes that would help a thief, and without what is encrypted.

import type { Event } from './events.ts';

const secrets = new Set(['passwordHash', 'keyHash']);

const secretsIn = (data: object): readonly string[] =>
  Object.keys(data).filter((field) => secrets.has(field) && data[field as never] !== null);

/** Whether the data of an event, as it lies in the log, shows a secret. */
export const showsSecret = (data: string): boolean => secretsIn(JSON.parse(data) as object).length > 0;

/** The event with `[redacted]` in place of each secret. */
export const withoutSecrets = ({ secret: _, ...event }: Event): Event => {
  const marks = Object.fromEntries(secretsIn(event.data).map((field) => [field, '[redacted]']));
  return { ...event, data: { ...event.data, ...marks } } as Event;
};
