// The sending side of one socket. It writes finished frames past the library's sender, which would make a header for each.
// So that sender's queue must stay empty: no compression, no blobs.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Outgoing, OutputBudget } from '../../limits/outputBudget.ts';
import { CLOSE } from '../protocol.ts';

/** Waiting bytes at which a sender of history pauses. */
const FULL = 256 * 1024;

const NOTHING = Buffer.alloc(0);

/** What all sockets share. */
export interface BufferContext {
  /** Most bytes that may wait to be sent. */
  readonly buffer: number;
  /** Of what waits for all clients. */
  readonly output: OutputBudget;
}

export abstract class BufferedSocket implements Outgoing {
  readonly socket: Socket;
  readonly #output: OutputBudget;
  /** Most bytes that may wait. */
  readonly #limit: number;
  /** Frames that wait for the answer to the handshake; undefined: it was answered. */
  #early: Buffer[] | undefined = [];
  /** Bytes that have left the socket, and for how many milliseconds bytes have waited since that number changed. */
  #left = 0;
  #stuck = 0;

  constructor(socket: Duplex, { buffer, output }: BufferContext) {
    this.socket = socket as Socket;
    this.#limit = buffer;
    this.#output = output;
  }

  get waiting(): number {
    if (this.#early === undefined) return this.socket.writableLength;
    return this.#early.reduce((sum, frame) => sum + frame.length, 0);
  }

  protected get hasWaiting(): boolean {
    return this.waiting > 0;
  }

  /** Too many bytes wait: the client does not read. */
  get isOverfull(): boolean {
    return this.waiting > this.#limit;
  }

  get isFull(): boolean {
    return this.waiting > Math.min(FULL, this.#limit / 2);
  }

  abstract readonly owner: string;
  abstract readonly isOpen: boolean;
  abstract end(code: number): void;
  abstract terminate(): void;
  /** False: the socket is closing, so that no frame may leave. */
  protected abstract readonly takesFrames: boolean;

  write(frame: Buffer): void {
    if (!this.takesFrames) return;
    if (this.#early === undefined) this.socket.write(frame);
    else this.#early.push(frame);
    if (!this.hasWaiting) return;
    this.#output.wrote(this, frame);
    if (this.isOverfull) this.endSlow();
  }

  /** The handshake was answered: sends the frames that waited for it. */
  protected flush(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    if (early.length > 0) this.socket.write(Buffer.concat(early));
  }

  endSlow(): void {
    this.end(CLOSE.tooSlow);
  }

  cork(): void {
    this.socket.cork();
  }

  uncork(): void {
    this.socket.uncork();
  }

  async drained(): Promise<void> {
    const { socket } = this;
    if (socket.destroyed || socket.writableLength === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.on('close', resolve);
    // Comes behind all that waits. `drain` would come only if that is more than Node takes for too much.
    if (socket.writable) socket.write(NOTHING, () => resolve());
    await promise;
    socket.off('close', resolve);
  }

  /** The socket is gone. */
  protected forgetWaiting(): void {
    this.#output.forget(this);
  }

  /** The milliseconds in which bytes waited and none left. `elapsed`: since the last call. */
  protected stuckFor(elapsed: number): number {
    const waiting = this.socket.writableLength;
    // `bytesWritten` sums over all waiting chunks, so it is read only if some wait.
    const left = waiting === 0 ? this.#left : (this.socket.bytesWritten ?? 0) - waiting;
    this.#stuck = waiting === 0 || left !== this.#left ? 0 : this.#stuck + elapsed;
    this.#left = left;
    return this.#stuck;
  }
}
