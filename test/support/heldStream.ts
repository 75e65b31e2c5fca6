// A stream that lets bytes go when the test says so.

import { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What Node's sockets take for too much. */
const MARK = 64 * 1024;

export class HeldStream extends Duplex {
  #leave: (() => void) | undefined;

  constructor() {
    super({ writableHighWaterMark: MARK });
  }

  override _read(): void {}
  override _write({ length }: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (length === 0) done();
    else this.#leave = done;
  }
  /** The client reads what was written at once. */
  async readsOne(): Promise<void> {
    this.#leave?.();
    await nextTurn();
  }
  /** The client reads all there is. */
  async reads(): Promise<void> {
    while (this.writableLength > 0) await this.readsOne();
  }
}
