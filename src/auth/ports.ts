// The ports for passwords and tokens, and the error they throw.

export interface Passwords {
  /**
   * The string to store for a password: scheme, cost, salt and digest in 63 characters.
   * @throws Busy when too many jobs wait. @throws RangeError beyond PASSWORD_LIMIT; the edge refuses such input
   * earlier.
   */
  hash(password: string): Promise<string>;
  /**
   * Does `password` match `hash`? Without a hash (no such account) it does the same work and answers no, so that the
   * time does not tell an unknown account from a wrong password. @throws Busy when too many jobs wait.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Has `hash` a lower cost or an older scheme? Then hash the password again after it was verified. */
  needsRehash(hash: string): boolean;
  /** Stops the workers and rejects the jobs that still wait. */
  close(): Promise<void>;
}

/** Characters (UTF-16 units) of a password at most. */
export const PASSWORD_LIMIT = 4096;

/** Too many callers wait for the same work. Becomes 503 with `Retry-After`. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** The claims of an access token. `generation` counts the refreshes of its session. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
}

/** The owner of a ticket: a user signed in by a session, by a key of some generation, or by an outside sign-on. */
export interface TicketSubject {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly keyGeneration?: number | undefined;
}

export interface VerifiedAccess extends AccessClaims {
  readonly expiresAt: Date;
}

export interface VerifiedTicket extends TicketSubject {
  /** The ticket's id, under which its use is recorded. */
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Ids have up to 128 letters, digits, `-` and `_`; generations are whole numbers from 0. */
export interface Tokens {
  /** A JWT good for 15 minutes from `issuedAt` (whole seconds count). The same input gives the same token. */
  access(claims: AccessClaims, issuedAt: Date): Promise<string>;
  /**
   * The claims, if this server made the token and it has not expired. Check the session for a sign-out. Never throws on
   * bad input.
   */
  verifyAccess(token: string): Promise<VerifiedAccess | undefined>;
  /** The refresh token of one generation of a session: derived, never stored. */
  refresh(sessionId: string, generation: number): string;
  /** Session and generation of a refresh token that this server made, however old. Never throws on bad input. */
  readRefresh(token: string): { readonly sessionId: string; readonly generation: number } | undefined;
  /** The long-lived key of a user: 40 lower-case hex characters, the same until the generation changes. */
  key(userId: string, generation: number): string;
  /** SHA-256 in hex: the only form in which a key is stored. */
  keyHash(key: string): string;
  /** A ticket for the address of a socket, valid for 30 seconds; it is not an access token. */
  ticket(subject: TicketSubject, issuedAt: Date): Promise<string>;
  /** The ticket's owner, if this server made the ticket and it has not expired. Never throws on bad input. */
  verifyTicket(ticket: string): Promise<VerifiedTicket | undefined>;
  /**
   * HMAC-SHA256 in hex over a JSON value, whatever the order of its keys. Keyed, so that nobody can guess a password
   * from the stored fingerprint of a body that contained it.
   */
  fingerprint(value: unknown): string;
}
