// Follows the bytes of one socket from frame to frame (RFC 6455, 5.2). The WebSocket library keeps the parts of a message
// until the last one arrives, but does not tell how many bytes it keeps, or for how long.

/** The least bytes per second at which a message must arrive. */
export const PACE = 8 * 1024;
/** Bytes that one chunk costs beside its own (measured): a message in chunks of one byte is larger than it looks. */
const CHUNK = 480;

const CONTROL = 0x08;

export class PartialMessage {
  /** Bytes in memory of the incomplete message, with the pings in between. */
  held = 0;
  /** Milliseconds by which the incomplete message is behind the pace. */
  behind = 0;
  /** Bytes of the message since the last `pass`. */
  #came = 0;
  /** Bytes of the present frame's header so far, and what they tell. */
  #headerAt = 0;
  #headerLength = 0;
  #first = 0;
  #lengthEnds = 0;
  /** Bytes of the present frame's payload to come. */
  #left = 0;
  /** Between the first and the last fragment of a message. */
  #isFragmented: boolean = false;

  get hasBegun(): boolean {
    return this.#headerAt > 0 || this.#isFragmented;
  }

  take(chunk: Uint8Array): void {
    this.held += chunk.length + CHUNK;
    for (let i = 0; i < chunk.length; ) {
      const from = i;
      if (this.#headerAt < 2 || this.#headerAt < this.#headerLength) this.#takeHeader(chunk[i++]!);
      else {
        const taken = Math.min(this.#left, chunk.length - i);
        this.#left -= taken;
        i += taken;
      }
      // The bytes of a ping do not count as progress of the message.
      if (!this.#isControl) this.#came += i - from;
      if (this.#headerAt >= 2 && this.#headerAt === this.#headerLength && this.#left === 0)
        this.#endFrame(chunk.length - i);
    }
  }

  /** Counts time in which more bytes could have arrived. */
  pass(milliseconds: number): void {
    this.behind = this.hasBegun ? Math.max(0, this.behind + milliseconds - (this.#came / PACE) * 1000) : 0;
    this.#came = 0;
  }

  get #isControl(): boolean {
    return (this.#first & CONTROL) !== 0;
  }

  #takeHeader(byte: number): void {
    const at = this.#headerAt++;
    if (at === 0) this.#first = byte;
    else if (at === 1) {
      const length = byte & 0x7f;
      this.#lengthEnds = length === 126 ? 4 : length === 127 ? 10 : 2;
      this.#headerLength = this.#lengthEnds + ((byte & 0x80) === 0 ? 0 : 4);
      this.#left = this.#lengthEnds === 2 ? length : 0;
    } else if (at < this.#lengthEnds) this.#left = this.#left * 256 + byte;
  }

  /** `rest`: bytes of the present chunk behind this frame. */
  #endFrame(rest: number): void {
    this.#headerAt = 0;
    this.#headerLength = 0;
    if (!this.#isControl) this.#isFragmented = (this.#first & 0x80) === 0;
    if (this.#isFragmented) return;
    this.held = rest === 0 ? 0 : rest + CHUNK;
    this.behind = 0;
    this.#came = 0;
  }
}
