// The receiving side of one socket: queues its frames, has them carried out one by one, and keeps to the limits.

import type { WebSocket } from 'ws';
import { CLOSE } from '../protocol.ts';
import type { Holder, MemoryBudget, Owner } from './memoryBudget.ts';
import { PartialMessage } from './partialMessage.ts';
import { TokenBucket } from './tokenBucket.ts';

export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** Beyond the rate. */
  readonly isBeyond: boolean;
}

/** What the receivers of all sockets have in common. */
export interface ReceiverContext {
  /** Milliseconds by which a message that has begun may be behind the least pace. */
  readonly patience: number;
  readonly memory: MemoryBudget;
  /** Carries out a large frame, when few enough others are in work. */
  readonly limited: (work: () => Promise<void>) => Promise<void>;
  /** How many sockets carry out a frame at present. */
  running: number;
}

/** The socket, as its receiver knows it. */
export interface Receiving {
  readonly isOpen: boolean;
  /** Undefined: the handshake is not answered yet. */
  readonly ws: WebSocket | undefined;
  /** Never rejects. */
  carryOut(frame: Frame): Promise<void>;
  end(code: number): void;
  terminate(): void;
}

/** Frames that wait; beyond, nothing is read until half of them are carried out. */
const FULL = 32;
/** Bytes of them. */
const FULL_BYTES = 256 * 1024;
/** Bytes of a frame that waits for others of its size: what is made of a file in JSON is several times as large. */
const LARGE = 1024 * 1024;
/** Milliseconds after which the sender of a message that does not come on counts as stalled. */
const STALLED = 1000;
/** Of one socket, its frames and pings. The server closes a socket that owes more. */
const FRAME_RATE = { perSecond: 100, burst: 200, debt: 100 };

export class Receiver implements Holder {
  readonly #context: ReceiverContext;
  readonly #connection: Receiving;
  readonly #partial = new PartialMessage();
  readonly #rate = new TokenBucket(FRAME_RATE);
  /** Frames that wait for the one in work. */
  #queue: Frame[] = [];
  #queuedBytes = 0;
  /** Bytes of the frame in work. */
  inWork = 0;
  #owner: Owner;
  #isWorking: boolean = false;
  #isReleased: boolean = false;
  /** At the last tick, the client could have sent the rest of a message. */
  #waited: boolean = false;
  /** The code to close with once the frame in work is answered. */
  #finishCode: number | undefined;

  constructor(context: ReceiverContext, connection: Receiving, owner: Owner) {
    this.#context = context;
    this.#connection = connection;
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** A part of a message is here. */
  get hasBegun(): boolean {
    return this.#partial.hasBegun;
  }

  get held(): number {
    return this.#isReleased ? 0 : this.#partial.held + this.#queuedBytes;
  }

  get isStalled(): boolean {
    return this.#partial.behind > STALLED;
  }

  /** Bytes of the client came; the library gives what is whole among them to `receive` next. */
  receiveBytes(chunk: Buffer): void {
    this.#partial.take(chunk);
    this.#note();
  }

  receive(data: Buffer, isBinary: boolean): void {
    if (!this.isOpen || this.#finishCode !== undefined) return;
    const isBeyond = !this.#rate.takes();
    // Earlier frames are still answered.
    if (this.#rate.isExhausted) this.#finishCode = CLOSE.policy;
    this.#queue.push({ data, isBinary, isBeyond });
    this.#queuedBytes += data.length;
    this.#note();
    if (!this.isOpen) return;
    if (this.#queue.length >= FULL || this.#queuedBytes > FULL_BYTES) this.#connection.ws?.pause();
    if (!this.#isWorking) void this.#work();
  }

  /** A ping or pong came. */
  receivePing(): void {
    if (!this.#rate.takes() && this.#rate.isExhausted) this.end(CLOSE.policy);
  }

  end(code: number): void {
    this.#connection.end(code);
  }

  terminate(): void {
    this.#connection.terminate();
  }

  /** Takes no more frames, and closes once the one in work is answered. */
  finish(code: number): void {
    this.#finishCode = code;
    this.#dropQueue();
    if (!this.#isWorking) this.end(code);
  }

  /** The socket is gone, and with it what it held. */
  release(): void {
    this.#isReleased = true;
    this.#dropQueue();
  }

  /** Another owner answers for what is held. */
  belongsTo(owner: Owner): void {
    this.#context.memory.note(this, this.#owner, 0);
    this.#owner = owner;
    this.#note();
  }

  /** Ends the socket if its client sends a message too slowly. `elapsed`: milliseconds since the last time. */
  tick(elapsed: number): void {
    const waits = this.#partial.hasBegun && !this.#connection.ws?.isPaused;
    this.#partial.pass(waits && this.#waited ? elapsed : 0);
    this.#waited = waits;
    if (this.#partial.behind > this.#context.patience) this.end(CLOSE.tooSlow);
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#context.running++;
    while (this.#queue.length > 0 && this.isOpen) {
      if (this.#queue[0]!.data.length > LARGE) await this.#context.limited(() => this.#carryOutNext());
      else await this.#carryOutNext();
      const { ws } = this.#connection;
      if (ws?.isPaused && this.#queue.length < FULL / 2 && this.#queuedBytes <= FULL_BYTES / 2) ws.resume();
    }
    this.#dropQueue();
    this.#isWorking = false;
    this.#context.running--;
    if (this.#finishCode !== undefined) this.end(this.#finishCode);
  }

  /** Carries out the next frame, unless the socket was closed while the frame waited. */
  async #carryOutNext(): Promise<void> {
    const frame = this.isOpen ? this.#queue.shift() : undefined;
    if (frame === undefined) return;
    this.#queuedBytes -= frame.data.length;
    this.inWork = frame.data.length;
    await this.#connection.carryOut(frame);
    this.inWork = 0;
    this.#note();
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#note();
  }

  #note(): void {
    this.#context.memory.note(this, this.#owner);
  }
}
