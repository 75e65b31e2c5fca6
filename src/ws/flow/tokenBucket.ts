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

  /** Takes one token; false: the bucket was empty. */
  takes(): boolean {
    const { perSecond, burst, debt = 0 } = this.#rate;
    const now = this.#now();
    const tokens = Math.min(burst, this.#tokens + ((now - this.#at) / 1000) * perSecond);
    this.#at = now;
    this.#tokens = tokens < 1 && debt === 0 ? tokens : tokens - 1;
    return tokens >= 1;
  }

  /** The client owes more than it may. */
  get isExhausted(): boolean {
    return this.#tokens < -(this.#rate.debt ?? 0);
  }
}
