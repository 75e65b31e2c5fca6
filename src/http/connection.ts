// One client's connection: at most one request in work, and whether it waits for the client.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { EdgeCode } from '../api/failureCodes.ts';
import { type RawResponse, rawProblem, respondRaw } from '../api/rawResponse.ts';
import { networkOf } from '../limits/network.ts';
import type { Outgoing, OutputBudget } from '../limits/outputBudget.ts';
import { ClientPace, type PaceLimits } from './clientPace.ts';

export interface ConnectionLimits extends PaceLimits {
  /** Open connections at most. */
  readonly connections: number;
  /** Pipelined requests that may wait on all connections together; default 10,000. */
  readonly waiting?: number;
}

/** Pipelined requests that one connection may always have waiting. */
const MAY_WAIT = 16;

/**
 * Event of a response that has left, or whose client has; with the status if the connection answered in place of the handler.
 * Listen to it in place of `close`: of the ten listeners after which Node warns of a leak, a stream that is sent takes seven.
 */
export const ENDED = 'ended';

/** Answers that break off by themselves as soon as what they say is erased. */
const alone = new WeakSet<ServerResponse>();
export const breaksOffAlone = (res: ServerResponse): void => void alone.add(res);

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** Shared by all connections. */
export interface Shared {
  readonly handler: RequestListener;
  readonly mostWaiting: number;
  /** Pipelined requests that wait now. */
  waiting: number;
  /** Of what waits for all clients. */
  readonly output: OutputBudget;
}

export class Connection implements Outgoing {
  readonly socket: Socket;
  readonly #shared: Shared;
  /** The request in work; undefined once its answer has left. */
  #current: Exchange | undefined;
  /** The last request, while its body may still arrive. */
  #coming: IncomingMessage | undefined;
  #waiting: Exchange[] | undefined;
  #isOver: boolean = false;
  isUpgraded: boolean = false;
  /** The status of the answer that this connection gave in place of the handler. */
  #cutWith: number | undefined;
  readonly #pace: ClientPace;
  /** Bytes written when the output budget was told of them last. */
  #noted = 0;

  constructor(socket: Socket, shared: Shared) {
    this.socket = socket;
    this.#shared = shared;
    this.#pace = new ClientPace(socket);
  }

  get owner(): string {
    return networkOf(this.socket.remoteAddress ?? '');
  }

  /** Bytes of its answer. */
  get waiting(): number {
    return this.socket.writableLength;
  }

  get isOpen(): boolean {
    return !this.#isOver;
  }

  get isAnswering(): boolean {
    return this.#current !== undefined;
  }

  /** Does the connection wait for the client, to send or to read? */
  get #isClients(): boolean {
    return !this.isUpgraded && (this.socket.writableLength > 0 || this.#isBodyMissing || this.#current === undefined);
  }

  /** False while the server is slow to read a body that has arrived: that is not the client's fault. */
  get #isBodyMissing(): boolean {
    return this.#coming !== undefined && !this.#coming.complete && this.#coming.readableLength === 0;
  }

  /** When the client fell behind, by `performance.now()`; undefined: it is not behind. */
  owedSince(now: number, limits: ConnectionLimits): number | undefined {
    return this.#pace.owedSince(now, limits, this.#isClients);
  }

  /** The process was blocked or stopped for so many milliseconds, and read nothing: that is not the client's fault. */
  excuse(milliseconds: number): void {
    this.#pace.excuse(milliseconds);
  }

  /** Between two requests Node's own limits apply. */
  get isInRequest(): boolean {
    return this.#current !== undefined || this.#isBodyMissing;
  }

  asked(req: IncomingMessage, res: ServerResponse): void {
    if (this.#isOver) return;
    if (this.#current === undefined) this.#take({ req, res });
    else this.#wait({ req, res });
  }

  #take(exchange: Exchange): void {
    this.#current = exchange;
    this.#coming = exchange.req;
    this.#pace.begin();
    exchange.res.on('prefinish', this.noteWaiting).on('close', this.#answered);
    this.#shared.handler(exchange.req, exchange.res);
  }

  /** Node parses everything that one read returned, so a few requests may queue. Read no more until they are answered. */
  #wait(exchange: Exchange): void {
    if (this.#waiting === undefined) {
      this.#waiting = [];
      // Node resumes the connection when the body of the current request is read.
      this.socket.on('resume', () => {
        if (this.#waiting!.length > 0) this.socket.pause();
      });
    }
    if (this.#waiting.length >= MAY_WAIT && this.#shared.waiting >= this.#shared.mostWaiting)
      return void this.socket.destroy();
    this.#waiting.push(exchange);
    this.#shared.waiting++;
    this.socket.pause();
  }

  /** The system took the whole answer, or the client is gone. A client that does not read its answer gets no further one. */
  readonly #answered = (): void => {
    this.#pace.begin();
    this.noteWaiting();
    this.#current?.res.emit(ENDED, this.#cutWith);
    this.#current = undefined;
    if (this.#coming?.complete === true) this.#coming = undefined;
    if (this.#waiting === undefined || !this.socket.writable) return;
    const next = this.#waiting.shift();
    if (next === undefined) return void this.socket.resume();
    this.#shared.waiting--;
    this.#current = next;
    // In the next round of the event loop, so that one connection does not delay all others.
    setImmediate(() => {
      if (!this.socket.destroyed) this.#take(next);
    });
  };

  /** Of an answer that is sent in pieces, some may have come since the last look. The frames of a socket are noted there. */
  readonly noteWaiting = (): void => {
    if (!this.isOpen || this.isUpgraded || this.waiting === 0) return;
    // Sums over all that waits, so it is read only if something does.
    const { bytesWritten } = this.socket;
    this.#shared.output.note(this, bytesWritten - this.#noted);
    this.#noted = bytesWritten;
  };

  endSlow(): void {
    this.end('request-too-slow');
  }

  terminate(): void {
    this.socket.destroy();
  }

  /** Closes the connection. If an answer can still be sent, it says why. */
  end(code: EdgeCode): void {
    this.#isOver = true;
    if (this.#current === undefined) this.socket.destroy();
    else this.#cut(this.#current.res, rawProblem(code));
  }

  /** The client sent what cannot be read. Returns whether that is the answer to no request. */
  refuse(status: number): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const current = this.#current;
    if (current !== undefined) this.#cut(current.res, { status });
    else if (this.socket.writable) respondRaw(this.socket, { status });
    return current === undefined;
  }

  /** Answers in place of the handler. */
  #cut(res: ServerResponse, answer: RawResponse): void {
    if (res.headersSent || !this.socket.writable) return void this.socket.destroy();
    this.#cutWith = answer.status;
    respondRaw(this.socket, answer);
  }

  /** Never sends what waits to be sent. A part of the answer has left, so the client sees that it broke off. */
  dropWaiting(): void {
    const isAlone = this.#current !== undefined && alone.has(this.#current.res);
    if (this.socket.writableLength > 0 && !isAlone) this.socket.destroy();
  }

  /** Closes the connection before its first request. */
  turnAway(): void {
    this.#isOver = true;
    respondRaw(this.socket, rawProblem('busy'));
  }

  closed(): void {
    this.#isOver = true;
    this.#shared.output.forget(this);
    this.#shared.waiting -= this.#waiting?.length ?? 0;
    this.#waiting = undefined;
  }
}
