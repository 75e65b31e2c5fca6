// What the rest of the program knows of signing in: the two ports, and the one error they throw.

export interface Passwords {
  /**
   * What to keep of a password: scheme, cost, salt and digest in one string of 63 characters.
   * @throws Busy when too many wait. @throws RangeError beyond PASSWORD_LIMIT; the edge refuses that before.
   */
  hash(password: string): Promise<string>;
  /**
   * Whether `password` made `hash`. Without a hash (no such account) the same work is done and the answer is no, so
   * that time does not tell an unknown account from a wrong password. @throws Busy when too many wait.
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether `hash` was made at a lower cost or by an older scheme: hash the password anew after it was verified. */
  needsRehash(hash: string): boolean;
  /** Stops the workers; whoever still waits is rejected. */
  close(): Promise<void>;
}

/** Characters (UTF-16 units) of a password at most. */
export const PASSWORD_LIMIT = 4096;

/** Too many wait for the same work already. Becomes 503 with `Retry-After`. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Who an access token speaks for. `generation` counts the refreshes of its session. */
export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  readonly generation: number;
}

/** Who a ticket speaks for: a user signed in by a session, by a key of some generation, or by an outside sign-on. */
export interface TicketSubject {
  readonly userId: string;
  readonly sessionId?: string | undefined;
  readonly keyGeneration?: number | undefined;
}

export interface VerifiedAccess extends AccessClaims {
  readonly expiresAt: Date;
}

export interface VerifiedTicket extends TicketSubject {
  /** Its own id, under which its use is recorded. */
  readonly jti: string;
  readonly expiresAt: Date;
}

/** Ids are of letters, digits, `-` and `_`, 128 at most; generations are whole and not negative. */
export interface Tokens {
  /** A JWT good for 15 minutes from `issuedAt` (whole seconds count). The same input gives the same token. */
  access(claims: AccessClaims, issuedAt: Date): Promise<string>;
  /** Whom the token speaks for, if it is ours and good now. Says nothing of log-outs: ask the session. Never throws on bad input. */
  verifyAccess(token: string): Promise<VerifiedAccess | undefined>;
  /** The refresh token of one generation of a session. Derived, so that it need not be stored. */
  refresh(sessionId: string, generation: number): string;
  /** What a refresh token of ours was made of, however old it is. Never throws on bad input. */
  readRefresh(token: string): { readonly sessionId: string; readonly generation: number } | undefined;
  /** The long-lived key of a user: 40 lower-case hex characters, the same until the generation changes. */
  key(userId: string, generation: number): string;
  /** SHA-256 in hex: all that is kept of a key. */
  keyHash(key: string): string;
  /** A ticket for the address of a socket, good for 30 seconds; no access token, nor taken for one. */
  ticket(subject: TicketSubject, issuedAt: Date): Promise<string>;
  /** Whom the ticket speaks for, if it is ours and good now. Never throws on bad input. */
  verifyTicket(ticket: string): Promise<VerifiedTicket | undefined>;
  /**
   * HMAC-SHA256 in hex over a JSON value, the order of its keys aside. Keyed, so that a body with a password in it can
   * be recognised by what is kept, and not guessed from it.
   */
  fingerprint(value: unknown): string;
}
