// Tokens that name an id: those of bots, the codes of invitations. Nothing is stored, and the history of the id says whether
// they are valid.

import { createMacs, equal } from './macs.ts';
import type { Secrets } from './secret.ts';

/** A prefix, by which people and scanners of leaks know them; an id; its signature. */
const NAMED = /^(vbt|inv)_([\w-]{1,128})\.[\w-]{43}$/;
/** Characters at most. */
const LIMIT = 200;

/** `prefix`: before each of them. `purpose`: selects their keys. */
export const createNamedTokens = (secrets: Secrets, prefix: 'vbt' | 'inv', purpose: string) => {
  const macs = createMacs(secrets, purpose);
  const made = (id: string) => macs(id).map((mac) => `${prefix}_${id}.${mac.toString('base64url')}`);
  const make = (id: string): string => made(id)[0]!;
  const read = (token: string): string | undefined => {
    const [, ownPrefix, id] = (token.length <= LIMIT && NAMED.exec(token)) || [];
    return id !== undefined && ownPrefix === prefix && made(id).some((one) => equal(token, one)) ? id : undefined;
  };
  return { make, read };
};
