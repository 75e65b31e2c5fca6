// Where a command comes from, and what its events record of that.

import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';

export const MAX_KEY = 200;

export interface Origin {
  /** The user behind the command. Null: a stranger, or the program itself. */
  readonly actorId: string | null;
  /** The address of the client. Null: the program itself, which has no limits. */
  readonly address: string | null;
  readonly correlationId: string;
  /** Undefined: the command came without an idempotency key. */
  readonly keyed?: Keyed | undefined;
}

export interface Keyed {
  readonly key: string;
  /** Keyed hash of the request as the client sent it. It tells a retry from another command. */
  readonly fingerprint: string;
}

/**
 * The command's id is made of user, target and key. For a stranger, the fingerprint takes the place of the user. No event
 * has the address: history is kept for ever, and an address tells where a person was.
 */
export const metaFor = ({ keyed, address: _, ...plain }: Origin, target: string): Meta => {
  if (keyed === undefined) return plain;
  const { key, fingerprint } = keyed;
  const sender = plain.actorId === null ? ['stranger', fingerprint] : ['user', plain.actorId];
  return { ...plain, commandId: derivedId('command', ...sender, target, key), commandHash: fingerprint };
};
