// Recorded events without a store: as the history gives them, with their private parts open.

import { secretOf, withSecret } from '../../src/history/secret.ts';
import type { Draft, Recorded } from '../../src/store/ports.ts';

export const recordedAt = (
  { private: part, ...event }: Draft,
  place: Pick<Recorded, 'stream' | 'revision' | 'position'>,
): Recorded => ({
  ...event,
  ...place,
  ...(part && { data: withSecret(event.data, secretOf('', '', 'unused')), opened: part.text }),
});
