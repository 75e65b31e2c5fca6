// The receiving side of one socket: queues its frames, has them carried out one by one, and keeps the limits.

import type { WebSocket } from 'ws';
import { type Rate, TokenBucket } from '../../limits/tokenBucket.ts';
import { CLOSE } from '../protocol.ts';
import type { Holder, MemoryBudget, Owner } from './memoryBudget.ts';
import { PartialMessage } from './partialMessage.ts';

export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** It exceeds the rate. */
  readonly isBeyond: boolean;
}

/** What the receivers of all sockets share. */
export interface ReceiverContext {
  /** Milliseconds by which an incomplete message may fall behind the pace. */
  readonly patience: number;
  readonly memory: MemoryBudget;
  /** Limits how many large frames are carried out at once. */
  readonly limited: (work: () => Promise<void>) => Promise<void>;
  /** Of the frames and pings of one socket. The server closes a socket that owes more. */
  readonly rate: Rate;
  /** Counts those of all sockets of one owner. The server closes the socket that goes on when more is owed. */
  readonly bucketOf: (owner: Owner) => TokenBucket;
  /** The number of sockets with a frame in work. */
  running: number;
}

/** The connection of a receiver. */
interface Receiving {
  readonly isOpen: boolean;
  /** Undefined: the handshake is not answered yet. */
  readonly ws: WebSocket | undefined;
  /** Never rejects. */
  carryOut(frame: Frame): Promise<void>;
  end(code: number): void;
  terminate(): void;
}

/** Frames and bytes that may wait. Beyond, the socket is paused until half of them are carried out. */
const FULL = { frames: 32, bytes: 256 * 1024 } as const;
/** Bytes of a large frame: what the server makes of a file in JSON is several times as large. */
const LARGE = 1024 * 1024;
/** Milliseconds behind the pace after which a client counts as stalled. */
const STALLED = 1000;

export class Receiver implements Holder {
  readonly #context: ReceiverContext;
  readonly connection: Receiving;
  readonly #partial = new PartialMessage();
  readonly #rate: TokenBucket;
  /** Frames that wait for the one in work. */
  #queue: Frame[] = [];
  #queuedBytes = 0;
  /** Bytes of the frame in work. */
  inWork = 0;
  #owner: Owner;
  #isWorking: boolean = false;
  #isReleased: boolean = false;
  /** At the last tick, the rest of a message was awaited. */
  #waited: boolean = false;
  /** The client has sent bytes since this was last set to false. */
  isAlive: boolean = true;
  /** The code to close with once the frame in work is answered. */
  #finishCode: number | undefined;

  constructor(context: ReceiverContext, connection: Receiving, owner: Owner) {
    this.#context = context;
    this.#rate = new TokenBucket(context.rate);
    this.connection = connection;
    this.#owner = owner;
  }

  /** A part of a message has arrived. */
  get hasBegun(): boolean {
    return this.#partial.hasBegun;
  }

  get held(): number {
    return this.#isReleased ? 0 : this.#partial.held + this.#queuedBytes;
  }

  get isStalled(): boolean {
    return this.#partial.behind > STALLED;
  }

  /** Takes bytes of the client. The library then passes each whole message among them to `receive`. */
  receiveBytes(chunk: Buffer): void {
    this.isAlive = true;
    this.#partial.take(chunk);
    this.#note();
  }

  receive(data: Buffer, isBinary: boolean): void {
    if (!this.connection.isOpen || this.#finishCode !== undefined) return;
    const { isBeyond, isExhausted } = this.#count();
    // The earlier frames are still answered.
    if (isExhausted) this.#finishCode = CLOSE.policy;
    this.#queue.push({ data, isBinary, isBeyond });
    this.#queuedBytes += data.length;
    this.#note();
    if (!this.connection.isOpen) return;
    if (this.#queue.length >= FULL.frames || this.#queuedBytes > FULL.bytes) this.connection.ws?.pause();
    if (!this.#isWorking) void this.#work();
  }

  /** Takes a ping or a pong. */
  receivePing(): void {
    if (this.#count().isExhausted) this.connection.end(CLOSE.policy);
  }

  /** Takes no more frames, and closes the socket once the frame in work is answered. */
  finish(code: number): void {
    this.#finishCode = code;
    this.#dropQueue();
    if (!this.#isWorking) this.connection.end(code);
  }

  /** Frees all bytes: the socket is gone. */
  release(): void {
    this.#isReleased = true;
    this.#dropQueue();
  }

  /** The bytes count as another owner's from now on. */
  belongsTo(owner: Owner): void {
    this.#context.memory.note(this, this.#owner, 0);
    this.#owner = owner;
    this.#note();
  }

  /** Closes the socket if its client sends a message too slowly. `elapsed`: milliseconds since the last call. */
  tick(elapsed: number): void {
    const waits = this.#partial.hasBegun && !this.connection.ws?.isPaused;
    this.#partial.pass(waits && this.#waited ? elapsed : 0);
    this.#waited = waits;
    if (this.#partial.behind > this.#context.patience) this.connection.end(CLOSE.tooSlow);
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#context.running++;
    while (this.#queue.length > 0 && this.connection.isOpen) {
      if (this.#queue[0]!.data.length > LARGE) await this.#context.limited(() => this.#carryOutNext());
      else await this.#carryOutNext();
      const { ws } = this.connection;
      if (ws?.isPaused && this.#queue.length < FULL.frames / 2 && this.#queuedBytes <= FULL.bytes / 2) ws.resume();
    }
    this.#dropQueue();
    this.#isWorking = false;
    this.#context.running--;
    if (this.#finishCode !== undefined) this.connection.end(this.#finishCode);
  }

  /** Carries out the next frame, unless the socket was closed while the frame waited. */
  async #carryOutNext(): Promise<void> {
    const frame = this.connection.isOpen ? this.#queue.shift() : undefined;
    if (frame === undefined) return;
    this.#queuedBytes -= frame.data.length;
    this.inWork = frame.data.length;
    await this.connection.carryOut(frame);
    this.inWork = 0;
    this.#note();
  }

  /** Counts a frame or a ping. */
  #count(): { readonly isBeyond: boolean; readonly isExhausted: boolean } {
    const buckets = [this.#rate, this.#context.bucketOf(this.#owner)];
    const isBeyond = buckets.filter((bucket) => !bucket.takes()).length > 0;
    return { isBeyond, isExhausted: isBeyond && buckets.some((bucket) => bucket.isExhausted) };
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
