// How far a client is behind the rate at which it must send and read.

import type { Socket } from 'node:net';

export interface PaceLimits {
  /** Bytes a second that a client must move while it sends a body or reads an answer. */
  readonly rate: number;
  /** Milliseconds that a client may fall behind this rate. */
  readonly stall: number;
}

export class ClientPace {
  readonly #socket: Socket;
  /** The client has earned its place until this moment, by `performance.now()`. */
  #earned = performance.now();
  #moved = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** It is behind with nothing: a request begins, or an answer has left. */
  begin(): void {
    this.#earned = performance.now();
  }

  /**
   * When the client fell behind; undefined: it is not behind. Each byte that moves earns time, and the client may save up
   * to `stall` of it: the server does not close a client that sends well and pauses in favour of a newcomer. `isClients`: the
   * connection waits for the client.
   */
  owedSince(now: number, { rate, stall }: PaceLimits, isClients: boolean): number | undefined {
    const { bytesRead, bytesWritten, writableLength } = this.#socket;
    const moved = bytesRead + bytesWritten - writableLength;
    const ahead = this.#earned + ((moved - this.#moved) / rate) * 1000;
    this.#earned = isClients ? Math.min(now + stall, ahead) : Math.max(now, this.#earned);
    this.#moved = moved;
    return isClients ? this.#earned : undefined;
  }

  excuse(milliseconds: number): void {
    this.#earned += milliseconds;
  }
}
