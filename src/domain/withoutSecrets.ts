// Events as people see them: without the hashes that would help a thief, and without what is encrypted.

import type { Event } from './events.ts';
import type { Data } from './privateParts.ts';

const secrets = new Set(['passwordHash', 'keyHash', 'contentKey']);

const secretsIn = (data: object): readonly string[] =>
  Object.keys(data).filter((field) => secrets.has(field) && data[field as never] != null);

/** Most texts have no such name, so they need no parsing. */
const NAMED = new RegExp(`"(?:${[...secrets].join('|')})"`);

/** Whether the data of an event, as it lies in the log, shows a secret. */
export const showsSecret = (data: string): boolean =>
  NAMED.test(data) && secretsIn(JSON.parse(data) as object).length > 0;

/** The data with `[redacted]` in place of each secret; the same object if it has none. */
export const redacted = <D extends Data>(data: D): D => {
  const found = secretsIn(data);
  if (found.length === 0) return data;
  return { ...data, ...Object.fromEntries(found.map((field) => [field, '[redacted]'])) };
};

/** The event with `[redacted]` in place of each secret. */
export const withoutSecrets = ({ secret: _, ...event }: Event): Event =>
  ({ ...event, data: redacted(event.data as Data) }) as Event;
