// A seal of the log as everybody may have it: who keeps one can tell later whether the log was changed.

import { z } from 'zod';
import type { Event, EventOf } from './events.ts';

/** Bytes of SHA-256, in base64url. */
const hash = z.string().regex(/^[\w-]{43}$/);

export const Seal = z.object({
  logId: z.string().length(36),
  size: z.int().positive(),
  root: hash,
  at: z.iso.datetime(),
  kid: hash,
  jws: z.string().max(2000),
});
export type Seal = z.infer<typeof Seal>;

export const isSeal = (event: Event): event is EventOf<'LogSealed'> => event.type === 'LogSealed';

export const sealIn = ({ at, data: { logId, size, root, kid, jws } }: EventOf<'LogSealed'>): Seal => ({
  logId,
  size,
  root,
  at,
  kid,
  jws,
});

/** Undefined: the text is no seal. */
export const parseSeal = (text: string): Seal | undefined => {
  try {
    return Seal.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
};
