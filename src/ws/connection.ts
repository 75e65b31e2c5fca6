// One socket, from its handshake to its close. Knows nothing of what its frames say.

import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Identity } from '../commands/authenticate.ts';
import { Unavailable } from '../store/ports.ts';
import { BufferedSocket } from './flow/bufferedSocket.ts';
import { type Frame, Receiver, type ReceiverContext, type Receiving } from './flow/receiver.ts';
import type { Hub, NewSubscriber, Subscriber } from './hub.ts';
import { CLOSE, type Sink } from './protocol.ts';
import { textFrame } from './textFrame.ts';

/** What answers the frames of one socket. */
export interface SocketHandler {
  /** Called before the socket is opened: an error refuses the handshake, and what is sent leaves first. */
  open(connection: Connection): Promise<void>;
  /** Answers one frame; the next one comes when this has resolved. An error closes the socket with 1011. */
  frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void>;
  /** One frame beyond the rate: not to be carried out. */
  flooded?(connection: Connection, data: Buffer): void;
  /** The socket is gone, whether it was ever opened or not. */
  closed?(connection: Connection): void;
}

/** What all sockets have in common. */
export interface ConnectionContext extends ReceiverContext {
  readonly hub: Hub;
  readonly log: Logger;
  readonly now: () => Date;
  /** Bytes that may wait to be sent. */
  readonly buffer: number;
  /** Milliseconds between two pings; a peer silent for that long after one is gone. */
  readonly heartbeat: number;
}

export class Connection extends BufferedSocket implements Sink, Receiving {
  readonly #context: ConnectionContext;
  readonly #handler: SocketHandler;
  readonly receiver: Receiver;
  ws: WebSocket | undefined;
  /** Undefined: nobody has signed in here. */
  subscriber: Subscriber | undefined;
  /** Set once it was ended, which may be before it was opened. */
  endCode: number | undefined;
  #isClosed: boolean = false;
  /** When the frame in work was taken up, by `performance.now()`: a moment before its sender's credential was checked. */
  frameAt = 0;
  #isAlive: boolean = true;
  #pingAt = performance.now();
  /** By `performance.now()`: closed with 4401 then. */
  #endsAt = Number.POSITIVE_INFINITY;

  constructor(context: ConnectionContext, handler: SocketHandler, socket: Duplex) {
    super(socket, context.buffer);
    this.#context = context;
    this.#handler = handler;
    this.receiver = new Receiver(context, this, { kind: 'address', name: this.address });
  }

  /** Where it comes from. */
  get address(): string {
    return this.socket.remoteAddress ?? '';
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.endCode === undefined;
  }

  /** Adds this socket to the hub, until it is closed or the credential ends. @throws as `hub.add` does */
  async signIn(given: Omit<NewSubscriber, 'sink'>): Promise<Subscriber> {
    const subscriber = await this.#context.hub.add({ ...given, sink: this });
    this.subscriber = subscriber;
    const { userId } = subscriber.principal;
    if (userId !== null) this.receiver.belongsTo({ kind: 'account', name: userId });
    this.#endsWith('identity' in given.who ? given.who.identity : undefined);
    if (!this.isOpen) this.#leaveHub();
    return subscriber;
  }

  /** Goes on with another credential of the same user. @throws Refused `signed-out` */
  async renew(subscriber: Subscriber, identity: Identity): Promise<void> {
    await this.#context.hub.renew(subscriber, identity);
    this.#endsWith(identity);
  }

  /** The socket is closed with 4401 in so many milliseconds. */
  endsIn(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  send(text: string): void {
    this.write(textFrame(text));
  }

  override write(frame: Buffer): void {
    if (!this.isOpen || (this.ws !== undefined && this.ws.readyState !== WebSocket.OPEN)) return;
    super.write(frame);
    if (this.isOverfull) this.end(CLOSE.tooSlow);
  }

  /** Closes, and says from where the client can resume. The socket receives nothing from now on. */
  end(code: number): void {
    if (!this.isOpen) return;
    this.endCode = code;
    const resume = this.subscriber && this.#context.hub.resumeAt(this.subscriber);
    this.#leaveHub();
    // A paused socket would not see the client's answer; that comes only behind a message that has begun.
    if (this.receiver.hasBegun) this.ws?.pause();
    else if (this.ws?.isPaused) this.ws.resume();
    this.ws?.close(code, resume === undefined ? '' : JSON.stringify({ resume }));
  }

  terminate(): void {
    this.ws?.terminate();
    this.socket.destroy();
    this.receiver.release();
  }

  /** The handshake was answered. */
  opened(ws: WebSocket): void {
    this.ws = ws;
    this.flush();
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.receiver.release();
    this.#leaveHub();
    this.#handler.closed?.(this);
  }

  /** Bytes came from the client. */
  receiveBytes(chunk: Buffer): void {
    this.#isAlive = true;
    this.receiver.receiveBytes(chunk);
  }

  async carryOut({ data, isBinary, isBeyond }: Frame): Promise<void> {
    this.frameAt = performance.now();
    try {
      if (!(await this.#isSignedIn())) this.end(CLOSE.signedOut);
      else if (!isBeyond) await this.#handler.frame(this, data, isBinary);
      else if (this.#handler.flooded) this.#handler.flooded(this, data);
      else this.end(CLOSE.policy);
    } catch (error) {
      this.#context.log.error({ err: error }, 'a frame failed');
      this.end(CLOSE.internal);
    }
  }

  /** Called every now and then, with `performance.now()` and the milliseconds since the last time. */
  tick(now: number, elapsed: number): void {
    if (now >= this.#endsAt) this.end(CLOSE.signedOut);
    this.receiver.tick(elapsed);
    const { heartbeat } = this.#context;
    // A client that pings and reads no pong looks alive.
    if (this.isOverfull || this.stuckFor(now) > 2 * heartbeat) this.end(CLOSE.tooSlow);
    const { ws } = this;
    if (ws === undefined || now - this.#pingAt < heartbeat) return;
    this.#pingAt = now;
    // While nothing is read no pong can come: the work in hand is bounded by itself.
    if (!this.#isAlive && !ws.isPaused) {
      this.terminate();
      return;
    }
    this.#isAlive = false;
    if (ws.readyState === WebSocket.OPEN) ws.ping();
  }

  /** A log-out that was answered anywhere holds at once; the hub may see it a moment later. */
  async #isSignedIn(): Promise<boolean> {
    try {
      return this.subscriber === undefined || (await this.#context.hub.isGood(this.subscriber));
    } catch (error) {
      // Nothing can be changed then, which the handler finds out by itself.
      if (error instanceof Unavailable) return true;
      throw error;
    }
  }

  #endsWith(identity: Identity | undefined): void {
    const { expiresAt } = identity ?? {};
    this.endsIn(expiresAt ? expiresAt.getTime() - this.#context.now().getTime() : Number.POSITIVE_INFINITY);
  }

  #leaveHub(): void {
    if (this.subscriber) this.#context.hub.remove(this.subscriber);
  }
}
