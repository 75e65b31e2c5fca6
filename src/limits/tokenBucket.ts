// Counts what one client does: a bucket of tokens that refills evenly.

/** Tokens refilled each second, and tokens in a full bucket. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** How many tokens a client may owe: each refused request then costs a token too. Default: a refusal costs nothing. */
  readonly debt?: number;
}

/** Whole milliseconds take no memory of their own in an object's field. */
const monotonic = (): number => Math.round(performance.now());

export class TokenBucket {
  readonly #rate: Rate;
  readonly #now: () => number;
  #tokens: number;
  #at: number;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(rate: Rate, now = monotonic) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate.burst;
    this.#at = now();
  }

  /** Tokens in the bucket; below 0: what the client owes. */
  get tokens(): number {
    const now = this.#now();
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    return this.#tokens;
  }

  /** Takes one token; false: the bucket was empty. */
  takes(): boolean {
    const { tokens } = this;
    const { debt = 0 } = this.#rate;
    this.#tokens = tokens < 1 && debt === 0 ? tokens : tokens - 1;
    return tokens >= 1;
  }

  /** Takes tokens, also those that are not there; a negative number gives them back. The client owes one bucket at most. */
  charge(tokens: number): void {
    const { burst } = this.#rate;
    this.#tokens = Math.max(-burst, Math.min(burst, this.tokens - tokens));
  }

  /** Seconds until the bucket has so many tokens, to the millisecond: what is less comes of rounding. */
  secondsUntil(tokens: number): number {
    const seconds = (tokens - this.tokens) / this.#rate.perSecond;
    return Math.max(0, Math.round(seconds * 1000) / 1000);
  }

  /** The client owes more than it may. */
  get isExhausted(): boolean {
    return this.#tokens < -(this.#rate.debt ?? 0);
  }
}
