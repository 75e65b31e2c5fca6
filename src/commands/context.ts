// What a command knows of where it comes from, and what its events say of it.

import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';

export const MAX_KEY = 200;

export interface Origin {
  /** The user behind the command; null: a stranger, or the program itself. */
  readonly actorId: string | null;
  readonly correlationId: string;
  /** Undefined: the command came without an idempotency key. */
  readonly keyed?: Keyed | undefined;
}

export interface Keyed {
  readonly key: string;
  /** Keyed hash of everything the client sent, as it was sent. It tells a retry from another command. */
  readonly fingerprint: string;
}

/**
 * User, target and key together make the command's id. Strangers have no user id, so what they sent takes its place:
 * two of them never share a key.
 */
export const metaFor = ({ keyed, ...plain }: Origin, target: string): Meta => {
  if (keyed === undefined) return plain;
  const { key, fingerprint } = keyed;
  const who = plain.actorId === null ? ['stranger', fingerprint] : ['user', plain.actorId];
  return { ...plain, commandId: derivedId('command', ...who, target, key), commandHash: fingerprint };
};
