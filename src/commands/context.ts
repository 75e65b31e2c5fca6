// Where a command comes from, and what its events record of that.

import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import type { Scopes } from '../domain/scopes.ts';

export const MAX_KEY = 200;

/** For what a command records in other streams than its own, where the receipt of the command lies. */
export const unkeyed = ({ actorId, correlationId }: Meta): Meta => ({ actorId, correlationId });

export interface Origin {
  /** The user behind the command. Null: a stranger, or the program itself. */
  readonly actorId: string | null;
  /** The address of the client. Null: the program itself, which has no limits. Never recorded: history is kept for ever. */
  readonly address: string | null;
  readonly correlationId: string;
  /** When the user gave the credentials. Undefined or null: unknown, as with a key. Never recorded. */
  readonly signedInAt?: Date | null;
  /** `epoch` of the account when the credential was checked. Undefined or null: nobody checked one. Never recorded. */
  readonly epoch?: number | null;
  /** Of the token of a bot. Undefined or null: a person's own sign-in, a stranger, or the program itself. */
  readonly scopes?: Scopes;
  /** Undefined: the command came without an idempotency key. */
  readonly keyed?: Keyed | undefined;
}

export interface Keyed {
  readonly key: string;
  /**
   * Keyed hashes of the request as the client sent it, one by each secret, the newest first. They tell a retry from
   * another command, also across a change of secrets.
   */
  readonly fingerprints: readonly [string, ...string[]];
}

/** Whom the security log names. */
export const whoOf = ({ address, actorId, correlationId }: Origin) => ({
  address,
  userId: actorId,
  requestId: correlationId,
});

/**
 * The meta of the command, and behind it those that the command may have been recorded with under older secrets. The
 * command's id is made of user, target and key. A stranger is known by address and request, so two strangers never share
 * a key: whoever sends the same request from elsewhere sends another command.
 */
export const metasFor = (
  { keyed, address, signedInAt: _, epoch: __, scopes: ___, ...plain }: Origin,
  target: string,
): readonly [Meta, ...Meta[]] => {
  if (keyed === undefined) return [plain];
  const { key, fingerprints } = keyed;
  const sender = (fingerprint: string) =>
    plain.actorId === null ? ['stranger', address ?? '', fingerprint] : ['user', plain.actorId];
  return fingerprints.map((fingerprint) => ({
    ...plain,
    commandId: derivedId('command', ...sender(fingerprint), target, key),
    commandHash: fingerprint,
  })) as [Meta, ...Meta[]];
};
