// Events as people see them: without what would help a thief.

import type { Event } from './events.ts';

const secret = ['passwordHash', 'keyHash'] as const;

/** The event with every secret field replaced by a mark. */
export const withoutSecrets = (event: Event): Event => {
  const data: Record<string, unknown> = { ...event.data };
  let found = false;
  for (const field of secret)
    if (typeof data[field] === 'string') {
      data[field] = '[redacted]';
      found = true;
    }
  return found ? ({ ...event, data } as Event) : event;
};
