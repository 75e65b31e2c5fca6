// The parts of the program that every command gets, and what every command returns.

import type { Links } from '../auth/links.ts';
import type { Passwords } from '../auth/passwords.ts';
import type { Tokens } from '../auth/tokens.ts';
import type { Meta } from '../domain/events.ts';
import { derivedId } from '../domain/ids.ts';
import { Refused } from '../domain/refused.ts';
import type { SessionClock, SessionLimits } from '../domain/sessionLimits.ts';
import { isActive, type User, users } from '../domain/user.ts';
import type { Pseudonym } from '../history/pseudonyms.ts';
import type { Limits } from '../limits/limits.ts';
import type { Mail } from '../mail/mail.ts';
import type { BlobStore } from '../store/ports.ts';
import type { DeskBudget } from './deskBudget.ts';
import type { Erasing } from './erasing.ts';
import type { ErasureWatch } from './erasureWatch.ts';
import type { Ledger } from './ledger.ts';
import type { MessageLane, OpenImportLane } from './messageLane.ts';
import type { NoteLogRead } from './noteLogRead.ts';
import type { NumberSource } from './numbers.ts';
import type { Proofs } from './proofs.ts';
import type { SealLog } from './sealLog.ts';
import type { SecurityLog } from './securityLog.ts';
import type { SentMessage } from './sentMessage.ts';
import type { Signer } from './signer.ts';
import type { SlowMode } from './slowMode.ts';
import type { Space } from './space.ts';
import type { Succession } from './succession.ts';

/** Accounts that hear a conversation at this moment, at most so many. */
export type PresentIn = (conversationId: string, most: number) => readonly string[] | Promise<readonly string[]>;

export interface Core {
  readonly ledger: Ledger;
  readonly messages: MessageLane;
  readonly openImportLane: OpenImportLane;
  readonly sentMessage: SentMessage;
  readonly slowMode: SlowMode;
  readonly numbers: NumberSource;
  readonly pseudonym: Pseudonym;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly links: Links;
  /** Null: the server sends no mail. */
  readonly mail: Mail | null;
  readonly blobs: BlobStore;
  readonly watchErasure: ErasureWatch;
  readonly space: Space;
  readonly succession: Succession;
  readonly erasing: Erasing;
  readonly deskBudget: DeskBudget;
  readonly sessionLimits: SessionLimits;
  /** Who may register an account: everybody, those whom an admin invited, or nobody. */
  readonly registration: 'open' | 'invited' | 'closed';
  readonly limits: Limits;
  readonly presentIn: PresentIn;
  readonly security: SecurityLog;
  readonly noteLogRead: NoteLogRead;
  readonly signer: Signer;
  readonly sealLog: SealLog;
  readonly proofs: Proofs;
  readonly now: () => Date;
  readonly newId: () => string;
  /**
   * When the request came, by `performance.now()`. Commands need not read again what was read after this moment, unless
   * they need it newer.
   */
  readonly began?: number | undefined;
}

/** Milliseconds after which a command reads again what was read for its request. */
const PROMPT = 1000;

/** The moment that a read for the request must reflect. Undefined: the present one, since a slow upload may take long. */
export const asOf = ({ began }: Core): number | undefined =>
  began === undefined || performance.now() - began > PROMPT ? undefined : began;

/** The present, and how long sessions last. */
export const clockOf = ({ now, sessionLimits }: Core): SessionClock => ({ now: now(), ...sessionLimits });

/** What every command returns, in addition to the ids of what it made. */
export interface Done {
  /** Views that have taken the log up to here show the effect. */
  readonly position: number;
  /** Of the last event of the command in its stream. Undefined: a retry that only the views remember. */
  readonly revision?: number | undefined;
  /** Of a retry, if its stream is folded: ISO time of recording. */
  readonly recordedAt?: string | undefined;
}

/** The id of a thing that the command makes. A retry under the same key gets the same id. */
export const idFor = (core: Core, meta: Meta, what: string): string =>
  meta.commandId === undefined ? core.newId() : derivedId(meta.commandId, what);

/** @throws Refused `signed-out` for a stranger */
export const signedIn = (actorId: string | null): string => {
  if (actorId === null) throw new Refused('signed-out');
  return actorId;
};

/** The account behind the command. @throws Refused `signed-out` if there is none, or it was deleted or suspended */
export const actorOf = async (core: Core, meta: Pick<Meta, 'actorId'>): Promise<User> => {
  const user = await core.ledger.load(users, signedIn(meta.actorId), asOf(core));
  if (!isActive(user)) throw new Refused('signed-out');
  return user;
};

/** @throws Refused `user-unknown` with `field` */
export const existingUser = async (core: Core, userId: string, field: string): Promise<User> => {
  const user = await core.ledger.load(users, userId);
  if (user.status !== 'registered') throw new Refused('user-unknown', field);
  return user;
};
