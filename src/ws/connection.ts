// One socket: takes its frames in one by one, gives frames out, and keeps to the limits. Knows nothing of what is said.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Identity } from '../commands/authenticate.ts';
import { Unavailable } from '../store/ports.ts';
import { FrameRate } from './frameRate.ts';
import type { Hub, Joining, Listener } from './hub.ts';
import { CLOSE, type Sink } from './protocol.ts';
import { textFrame } from './textFrame.ts';

/** What answers the frames of one socket. */
export interface SocketHandler {
  /** Before the socket is opened: what is thrown refuses it. What is sent leaves first. */
  open(connection: Connection): Promise<void>;
  /** One frame; the next one comes when this resolved. What is thrown closes the socket with 1011. */
  frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void>;
  /** One frame beyond the rate: not to be carried out. */
  flooded?(connection: Connection, data: Buffer): void;
  /** It is gone, whether it was ever opened or not. */
  closed?(connection: Connection): void;
}

/** What all sockets have in common. */
export interface Shared {
  readonly hub: Hub;
  readonly log: Logger;
  readonly now: () => Date;
  /** Bytes that may wait to be sent. */
  readonly buffer: number;
  /** Milliseconds between two pings; a peer silent for that long after one is gone. */
  readonly heartbeat: number;
  /** How many sockets carry out a frame at present. */
  running: number;
}

/** Frames that wait for the one in work; beyond, nothing is read. */
const INBOX = 32;
/** Bytes of a frame that is alone in waiting: a file. */
const LARGE = 256 * 1024;
const FULL = 256 * 1024;

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
  /** Beyond the rate. */
  readonly isBeyond: boolean;
}

export class Connection implements Sink {
  readonly #shared: Shared;
  readonly #handler: SocketHandler;
  readonly #socket: Socket;
  #ws: WebSocket | undefined;
  /** What was written before the socket was opened. */
  #early: Buffer[] | undefined;
  #inbox: Frame[] | undefined;
  #isWorking: boolean = false;
  #isClosed: boolean = false;
  #endCode: number | undefined;
  /** When the frame in work was taken up, by `performance.now()`: a moment before its sender's credential was checked. */
  frameAt = 0;
  /** The code to close with once the frame in work is answered. */
  #finishCode: number | undefined;
  #isAlive: boolean = true;
  #pingAt: number;
  readonly #rate = new FrameRate();
  #listener: Listener | undefined;
  /** By `performance.now()`: closed with 4401 then. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(shared: Shared, handler: SocketHandler, socket: Duplex) {
    this.#shared = shared;
    this.#handler = handler;
    this.#socket = socket as Socket;
    this.#pingAt = performance.now();
  }

  /** Undefined: nobody has signed in here. */
  get listener(): Listener | undefined {
    return this.#listener;
  }

  /** Set when it was ended before it was opened. */
  get endCode(): number | undefined {
    return this.#endCode;
  }

  /** Where it comes from. */
  get address(): string {
    return this.#socket.remoteAddress ?? '';
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#endCode === undefined;
  }

  /** Takes this socket into the hub, until it is closed or the credential ends. @throws as `hub.join` does */
  async join(joining: Omit<Joining, 'sink'>): Promise<Listener> {
    const listener = await this.#shared.hub.join({ ...joining, sink: this });
    this.#listener = listener;
    this.#endsWith('identity' in joining.who ? joining.who.identity : undefined);
    if (!this.isOpen) this.#shared.hub.leave(listener);
    return listener;
  }

  /** Goes on with another credential of the same user. @throws Refused `signed-out` */
  async renew(listener: Listener, identity: Identity): Promise<void> {
    await this.#shared.hub.renew(listener, identity);
    this.#endsWith(identity);
  }

  /** The socket is closed with 4401 in so many milliseconds. */
  endsIn(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  send(text: string): void {
    this.write(textFrame(text));
  }

  write(frame: Buffer): void {
    const ws = this.#ws;
    if (ws === undefined) {
      if (!this.isOpen) return;
      this.#early ??= [];
      this.#early.push(frame);
    } else if (ws.readyState === WebSocket.OPEN) {
      // Past the library's sender, which would make a header each time. Nothing else may be in its queue: no
      // compression, no blobs.
      this.#socket.write(frame);
      if (this.#socket.writableLength > this.#shared.buffer) this.end(CLOSE.tooSlow);
    }
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  get isFull(): boolean {
    return this.#socket.writableLength > Math.min(FULL, this.#shared.buffer / 2);
  }

  drained(): Promise<void> {
    const socket = this.#socket;
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

  /** Closes, saying from where the listener can go on. It hears nothing from now on. */
  end(code: number): void {
    if (!this.isOpen) return;
    this.#endCode = code;
    const resume = this.#listener && this.#shared.hub.resumeAt(this.#listener);
    this.#leave();
    // A paused socket would not see the answer.
    if (this.#ws?.isPaused) this.#ws.resume();
    this.#ws?.close(code, resume === undefined ? '' : JSON.stringify({ resume }));
  }

  /** Takes no more frames, and closes once the one in work is answered. */
  finish(code: number): void {
    this.#finishCode = code;
    this.#inbox = undefined;
    if (!this.#isWorking) this.end(code);
  }

  terminate(): void {
    this.#ws?.terminate();
    this.#socket.destroy();
  }

  /** The handshake is over: what was written meanwhile leaves. */
  opened(ws: WebSocket): void {
    this.#ws = ws;
    const early = this.#early;
    this.#early = undefined;
    for (const frame of early ?? []) this.write(frame);
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#inbox = undefined;
    this.#leave();
    this.#handler.closed?.(this);
  }

  received(data: Buffer, isBinary: boolean): void {
    this.#isAlive = true;
    if (!this.isOpen || this.#finishCode !== undefined) return;
    const isBeyond = !this.#rate.takes();
    // What came before is still answered.
    if (this.#rate.isExhausted) this.#finishCode = CLOSE.policy;
    this.#inbox ??= [];
    this.#inbox.push({ data, isBinary, isBeyond });
    if (this.#inbox.length >= INBOX || data.length > LARGE) this.#ws?.pause();
    if (!this.#isWorking) void this.#work();
  }

  /** A ping or pong came. */
  pinged(): void {
    this.#isAlive = true;
    if (!this.#rate.takes() && this.#rate.isExhausted) this.end(CLOSE.policy);
  }

  /** Called every now and then, with `performance.now()`. */
  tick(now: number): void {
    if (now >= this.#endsAt) this.end(CLOSE.signedOut);
    const ws = this.#ws;
    if (ws === undefined || now - this.#pingAt < this.#shared.heartbeat) return;
    this.#pingAt = now;
    // While nothing is read no pong can come: what is in work is bounded by itself.
    if (!this.#isAlive && !ws.isPaused) {
      this.terminate();
      return;
    }
    this.#isAlive = false;
    if (ws.readyState === WebSocket.OPEN) ws.ping();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    this.#shared.running++;
    for (let frame = this.#inbox?.shift(); frame && this.isOpen; frame = this.#inbox?.shift()) {
      this.frameAt = performance.now();
      try {
        if (!(await this.#mayStay())) this.end(CLOSE.signedOut);
        else if (!frame.isBeyond) await this.#handler.frame(this, frame.data, frame.isBinary);
        else if (this.#handler.flooded) this.#handler.flooded(this, frame.data);
        else this.end(CLOSE.policy);
      } catch (error) {
        this.#shared.log.error({ err: error }, 'a frame failed');
        this.end(CLOSE.internal);
      }
      if (this.#ws?.isPaused && this.#hasRoom()) this.#ws.resume();
    }
    this.#inbox = undefined;
    this.#isWorking = false;
    this.#shared.running--;
    if (this.#finishCode !== undefined) this.end(this.#finishCode);
  }

  /** A log-out that was answered anywhere holds at once; the hub may come by it a moment later. */
  async #mayStay(): Promise<boolean> {
    try {
      return this.#listener === undefined || (await this.#shared.hub.isGood(this.#listener));
    } catch (error) {
      // Nothing can be changed then, which the handler finds out by itself.
      if (error instanceof Unavailable) return true;
      throw error;
    }
  }

  #hasRoom(): boolean {
    const inbox = this.#inbox ?? [];
    return inbox.length < INBOX / 2 && !inbox.some(({ data }) => data.length > LARGE);
  }

  #endsWith(identity: Identity | undefined): void {
    this.endsIn(
      identity?.expiresAt ? identity.expiresAt.getTime() - this.#shared.now().getTime() : Number.POSITIVE_INFINITY,
    );
  }

  #leave(): void {
    if (this.#listener) this.#shared.hub.leave(this.#listener);
  }
}
