// The sending side of one socket. Frames leave as they are, past the library's sender, which would make a header each time.
// Nothing else may be in that sender's queue: no compression, no blobs.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Bytes after which whoever sends much at a time waits. */
const FULL = 256 * 1024;

export class BufferedSocket {
  readonly socket: Socket;
  /** Bytes that may wait. */
  readonly #limit: number;
  /** Frames from before the handshake was answered; undefined: it was. */
  #early: Buffer[] | undefined = [];
  /** Bytes that had left when that was last looked at, and when that was. */
  #left = 0;
  #leftAt = 0;

  constructor(socket: Duplex, limit: number) {
    this.socket = socket as Socket;
    this.#limit = limit;
  }

  get #waiting(): number {
    if (this.#early === undefined) return this.socket.writableLength;
    return this.#early.reduce((sum, frame) => sum + frame.length, 0);
  }

  /** More waits than may: the client does not read. */
  get isOverfull(): boolean {
    return this.#waiting > this.#limit;
  }

  get isFull(): boolean {
    return this.#waiting > Math.min(FULL, this.#limit / 2);
  }

  write(frame: Buffer): void {
    if (this.#early === undefined) this.socket.write(frame);
    else this.#early.push(frame);
  }

  /** The handshake was answered: the frames from before it leave. */
  protected flush(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.socket.write(Buffer.concat(early));
  }

  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  drained(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed || !socket.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** For how many milliseconds nothing has left though something waits, at `now`. */
  protected stuckFor(now: number): number {
    const waiting = this.socket.writableLength;
    // A sum over all that waits: not asked for without need.
    const left = waiting === 0 ? this.#left : (this.socket.bytesWritten ?? 0) - waiting;
    if (waiting === 0 || left !== this.#left) {
      this.#left = left;
      this.#leftAt = now;
    }
    return now - this.#leftAt;
  }
}
