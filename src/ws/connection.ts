// One socket: takes its frames in one by one, gives frames out, and keeps to the limits. Knows nothing of what is said.

import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Identity } from '../commands/authenticate.ts';
import { Unavailable } from '../store/ports.ts';
import { Arriving } from './arriving.ts';
import { FrameRate } from './frameRate.ts';
import type { Holder, Holdings, Source } from './holdings.ts';
import type { Hub, Joining, Listener } from './hub.ts';
import { Inbox } from './inbox.ts';
import { Outgoing } from './outgoing.ts';
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
  /** Milliseconds by which a message that has begun may be behind the least pace. */
  readonly patience: number;
  readonly holdings: Holdings;
  /** Carries out a large frame once its turn has come. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** How many sockets carry out a frame at present. */
  running: number;
}

/** Bytes of a frame that takes its turn: what is made of a file in JSON is several times as large. */
const LARGE = 1024 * 1024;
/** Milliseconds after which a message that should have come on counts as one that does not. */
const STALLED = 1000;

export class Connection implements Sink, Holder {
  readonly #shared: Shared;
  readonly #handler: SocketHandler;
  readonly socket: Socket;
  readonly #out: Outgoing;
  readonly #arriving = new Arriving();
  #ws: WebSocket | undefined;
  #inbox: Inbox | undefined;
  /** Bytes of the frame in work. */
  inWork = 0;
  /** Who answers for what it holds. */
  #source: Source;
  #isWorking: boolean = false;
  #isClosed: boolean = false;
  #isTerminated: boolean = false;
  #endCode: number | undefined;
  /** When the frame in work was taken up, by `performance.now()`: a moment before its sender's credential was checked. */
  frameAt = 0;
  /** The code to close with once the frame in work is answered. */
  #finishCode: number | undefined;
  #isAlive: boolean = true;
  /** At the last tick: for the rest of a message, which the client could send. */
  #waited: boolean = false;
  #pingAt: number;
  readonly #rate = new FrameRate();
  #listener: Listener | undefined;
  /** By `performance.now()`: closed with 4401 then. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(shared: Shared, handler: SocketHandler, socket: Duplex) {
    this.#shared = shared;
    this.#handler = handler;
    this.socket = socket as Socket;
    this.#out = new Outgoing(this.socket, shared.buffer);
    this.#source = { kind: 'address', name: this.address };
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
    return this.socket.remoteAddress ?? '';
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.#endCode === undefined;
  }

  /** Takes this socket into the hub, until it is closed or the credential ends. @throws as `hub.join` does */
  async join(joining: Omit<Joining, 'sink'>): Promise<Listener> {
    const listener = await this.#shared.hub.join({ ...joining, sink: this });
    this.#listener = listener;
    const { userId } = listener.person;
    if (userId !== null) this.#belongsTo({ kind: 'account', name: userId });
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
    if (!this.isOpen || (this.#ws !== undefined && this.#ws.readyState !== WebSocket.OPEN)) return;
    this.#out.write(frame);
    if (this.#out.isOverfull) this.end(CLOSE.tooSlow);
  }

  cork(): void {
    this.#out.cork();
  }

  uncork(): void {
    this.#out.uncork();
  }

  get isFull(): boolean {
    return this.#out.isFull;
  }

  drained(): Promise<void> {
    return this.#out.drained();
  }

  /** Closes, saying from where the listener can go on. It hears nothing from now on. */
  end(code: number): void {
    if (!this.isOpen) return;
    this.#endCode = code;
    const resume = this.#listener && this.#shared.hub.resumeAt(this.#listener);
    this.#leave();
    // A paused socket would not see the client's answer; that comes only behind a message that has begun.
    if (this.#arriving.hasBegun) this.#ws?.pause();
    else if (this.#ws?.isPaused) this.#ws.resume();
    this.#ws?.close(code, resume === undefined ? '' : JSON.stringify({ resume }));
  }

  /** Takes no more frames, and closes once the one in work is answered. */
  finish(code: number): void {
    this.#finishCode = code;
    this.#letGo();
    if (!this.#isWorking) this.end(code);
  }

  terminate(): void {
    this.#isTerminated = true;
    this.#ws?.terminate();
    this.socket.destroy();
    this.#letGo();
  }

  /** The handshake is over: what was written meanwhile leaves. */
  opened(ws: WebSocket): void {
    this.#ws = ws;
    this.#out.open();
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#letGo();
    this.#leave();
    this.#handler.closed?.(this);
  }

  /** Bytes of the client came; what is whole among them is given to `received` next. */
  came(chunk: Buffer): void {
    this.#isAlive = true;
    this.#arriving.take(chunk);
    this.#note();
  }

  received(data: Buffer, isBinary: boolean): void {
    if (!this.isOpen || this.#finishCode !== undefined) return;
    const isBeyond = !this.#rate.takes();
    // What came before is still answered.
    if (this.#rate.isExhausted) this.#finishCode = CLOSE.policy;
    this.#inbox ??= new Inbox();
    this.#inbox.put({ data, isBinary, isBeyond });
    this.#note();
    if (!this.isOpen) return;
    if (this.#inbox.isFull) this.#ws?.pause();
    if (!this.#isWorking) void this.#work();
  }

  /** A ping or pong came. */
  pinged(): void {
    if (!this.#rate.takes() && this.#rate.isExhausted) this.end(CLOSE.policy);
  }

  /** Bytes that are let go with the socket. */
  get held(): number {
    return this.#isClosed || this.#isTerminated ? 0 : this.#arriving.held + (this.#inbox?.bytes ?? 0);
  }

  get isStalled(): boolean {
    return this.#arriving.behind > STALLED;
  }

  /** Called every now and then, with `performance.now()` and the milliseconds since the last time. */
  tick(now: number, elapsed: number): void {
    if (now >= this.#endsAt) this.end(CLOSE.signedOut);
    const ws = this.#ws;
    const waits = this.#arriving.hasBegun && !ws?.isPaused;
    this.#arriving.pass(waits && this.#waited ? elapsed : 0);
    this.#waited = waits;
    if (this.#arriving.behind > this.#shared.patience) this.end(CLOSE.tooSlow);
    // Whoever pings, and reads no pong, looks alive.
    if (this.#out.isOverfull || this.#out.stuckFor(now) > 2 * this.#shared.heartbeat) this.end(CLOSE.tooSlow);
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
    for (let next = this.#inbox?.next; next && this.isOpen; next = this.#inbox?.next) {
      if (next.data.length > LARGE) await this.#shared.inTurn(() => this.#workOff());
      else await this.#workOff();
      if (this.#ws?.isPaused && (this.#inbox?.hasRoom ?? true)) this.#ws.resume();
    }
    this.#inbox = undefined;
    this.#isWorking = false;
    this.#shared.running--;
    if (this.#finishCode !== undefined) this.end(this.#finishCode);
  }

  /** Carries out the next frame, unless the socket was closed while it waited for its turn. */
  async #workOff(): Promise<void> {
    const frame = this.isOpen ? this.#inbox?.take() : undefined;
    if (frame === undefined) return;
    this.frameAt = performance.now();
    this.inWork = frame.data.length;
    try {
      if (!(await this.#mayStay())) this.end(CLOSE.signedOut);
      else if (!frame.isBeyond) await this.#handler.frame(this, frame.data, frame.isBinary);
      else if (this.#handler.flooded) this.#handler.flooded(this, frame.data);
      else this.end(CLOSE.policy);
    } catch (error) {
      this.#shared.log.error({ err: error }, 'a frame failed');
      this.end(CLOSE.internal);
    }
    this.inWork = 0;
    this.#note();
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

  #note(): void {
    this.#shared.holdings.note(this, this.#source);
  }

  #belongsTo(source: Source): void {
    this.#shared.holdings.note(this, this.#source, 0);
    this.#source = source;
    this.#note();
  }

  #letGo(): void {
    this.#inbox = undefined;
    this.#note();
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
