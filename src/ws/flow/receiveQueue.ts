// The frames of one socket that wait for the one in work.

/** Frames that wait; beyond, nothing is read. */
const FULL = 32;
/** Bytes of them. */
const FULL_BYTES = 256 * 1024;

export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** Beyond the rate. */
  readonly isBeyond: boolean;
}

export class ReceiveQueue {
  readonly #frames: Frame[] = [];
  bytes = 0;

  get next(): Frame | undefined {
    return this.#frames[0];
  }

  get isFull(): boolean {
    return this.#frames.length >= FULL || this.bytes > FULL_BYTES;
  }

  get hasRoom(): boolean {
    return this.#frames.length < FULL / 2 && this.bytes <= FULL_BYTES / 2;
  }

  put(frame: Frame): void {
    this.#frames.push(frame);
    this.bytes += frame.data.length;
  }

  take(): Frame | undefined {
    const frame = this.#frames.shift();
    this.bytes -= frame?.data.length ?? 0;
    return frame;
  }
}
