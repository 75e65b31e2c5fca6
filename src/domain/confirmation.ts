// When a sign-in stands for the password: what takes an account over needs one or the other.

/** Milliseconds. */
const FRESH = 5 * 60 * 1000;

/**
 * Was it a moment ago that the user gave credentials? Null: nobody knows, since the user signed in with a key.
 * An outside sign-on may tell of a sign-in by a clock that is ahead.
 */
export const isFresh = (signedInAt: Date | null, now: Date): boolean =>
  signedInAt !== null && Math.abs(now.getTime() - signedInAt.getTime()) < FRESH;
