// What the token of a bot may be used for. Commands, routes that only read, and sockets all ask here.

import type { Scope } from './events.ts';
import { Refused } from './refused.ts';

/** Null: a person's own sign-in, which may do whatever the account may. */
export type Scopes = readonly Scope[] | null;

/** `needed`: null: no token of a bot may do it. @throws Refused `scope-missing` */
export const checkScope = (scopes: Scopes, needed: Scope | null): void => {
  const mayDo = scopes === null || (needed !== null && scopes.includes(needed));
  if (!mayDo) throw new Refused('scope-missing');
};
