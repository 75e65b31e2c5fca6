// Limits how many frames a socket may send: a token bucket with a debt, beyond which the socket is closed.

/** Frames and pings per second, and in one burst; and how many beyond that are refused before the socket is closed. */
const FRAME_RATE = { perSecond: 100, burst: 200, beyond: 100 } as const;

export class FrameRate {
  #tokens: number = FRAME_RATE.burst;
  /** In whole milliseconds: unlike a fraction, a small integer costs no memory of its own. */
  #at = Math.round(performance.now());

  /** Counts one frame; false: it exceeds the rate. */
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
