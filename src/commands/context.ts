// Where a command comes from, and what its events record of that.

import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import type { Scopes } from '../domain/scopes.ts';

export const MAX_KEY = 200;

export interface Origin {
  /** The user behind the command. Null: a stranger, or the program itself. */
  readonly actorId: string | null;
  readonly correlationId: string;
  /** Of the token of a bot. Undefined or null: a person's own sign-in, a stranger, or the program itself. */
  readonly scopes?: Scopes;
  /** Undefined: the command came without an idempotency key. */
  readonly keyed?: Keyed | undefined;
}

export interface Keyed {
  readonly key: string;
  /** Keyed hash of the request as the client sent it. It tells a retry from another command. */
  readonly fingerprint: string;
}

/** The command's id is made of user, target and key. For a stranger, the fingerprint takes the place of the user. */
export const metaFor = ({ keyed, scopes: _, ...plain }: Origin, target: string): Meta => {
  if (keyed === undefined) return plain;
  const { key, fingerprint } = keyed;
  const sender = plain.actorId === null ? ['stranger', fingerprint] : ['user', plain.actorId];
  return { ...plain, commandId: derivedId('command', ...sender, target, key), commandHash: fingerprint };
};
