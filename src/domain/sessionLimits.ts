// How long somebody stays signed in.

/** Milliseconds. */
export interface SessionLimits {
  /** A session that is not refreshed for so long is over. */
  readonly idle: number;
  /** A session or a key that is so old is over, however much it is used. */
  readonly lifetime: number;
}

export interface SessionClock extends SessionLimits {
  readonly now: Date;
}
