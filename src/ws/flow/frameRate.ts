// How many frames a socket may send: a token bucket that may go some way into debt before the socket is closed.

/** Frames (pings too) a second, those in one go, and those beyond that are refused one by one. */
export const FRAME_RATE = { perSecond: 100, burst: 200, beyond: 100 } as const;

export class FrameRate {
  #tokens: number = FRAME_RATE.burst;
  /** Whole milliseconds: they cost no memory of their own. */
  #at = Math.round(performance.now());

  /** Counts one frame; false: it is beyond the rate. */
  takes(): boolean {
    const now = Math.round(performance.now());
    const refilled = this.#tokens + ((now - this.#at) / 1000) * FRAME_RATE.perSecond;
    this.#tokens = Math.min(FRAME_RATE.burst, refilled) - 1;
    this.#at = now;
    return this.#tokens >= 0;
  }

  get isExhausted(): boolean {
    return this.#tokens < -FRAME_RATE.beyond;
  }
}
