// What every command is given.

import type { Passwords } from '../auth/passwords.ts';
import type { Tokens } from '../auth/tokens.ts';
import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { Refused } from '../domain/refused.ts';
import { type User, users } from '../domain/user.ts';
import type { BlobStore } from '../store/ports.ts';
import type { Ledger } from './ledger.ts';
import type { MessageLane } from './messageLane.ts';
import type { NumberSource } from './numbers.ts';

export interface Core {
  readonly ledger: Ledger;
  readonly messages: MessageLane;
  readonly numbers: NumberSource;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly blobs: BlobStore;
  readonly now: () => Date;
  readonly newId: () => string;
  /**
   * When the request came, by `performance.now()`. What its credential was looked up in is then not looked up again for
   * what a command only has to know as it was at that moment.
   */
  readonly since?: number | undefined;
}

/** Milliseconds after which what was found out for a request is too old for its command. */
const PROMPT = 1000;

/**
 * The core for a request that came at `began`, by `performance.now()`. Once it has been long in coming, as with a file
 * whose sender is slow, it is looked at anew.
 */
export const coreSince = (core: Core, began: number): Core => ({
  ...core,
  get since() {
    return performance.now() - began > PROMPT ? undefined : began;
  },
});

/** What every command answers: where in the log its effect can be seen, beside what it made. */
export interface Done {
  readonly position: number;
  /** Of the last event of the command in its stream. Undefined: a retry that only the views remember. */
  readonly revision?: number | undefined;
  /** Of a retry, if its stream is folded: ISO time at which the command was recorded. */
  readonly recordedAt?: string | undefined;
}

/** The id of what a command makes: the same again when the command comes again under its key. */
export const idFor = (core: Core, meta: Meta, what: string): string =>
  meta.commandId === undefined ? core.newId() : derivedId(meta.commandId, what);

/** @throws Refused `signed-out` for a stranger. */
export const signedIn = (actorId: string | null): string => {
  if (actorId === null) throw new Refused('signed-out');
  return actorId;
};

/** The account behind the command. @throws Refused `signed-out` where there is none, or no longer. */
export const actorOf = async (core: Core, meta: Pick<Meta, 'actorId'>): Promise<User> => {
  const user = await core.ledger.load(users, signedIn(meta.actorId), core.since);
  if (user.status !== 'registered') throw new Refused('signed-out');
  return user;
};

/** @throws Refused `user-unknown` naming `field`. */
export const existingUser = async (core: Core, userId: string, field: string): Promise<User> => {
  const user = await core.ledger.load(users, userId);
  if (user.status !== 'registered') throw new Refused('user-unknown', field);
  return user;
};
