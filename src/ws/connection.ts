// One socket, from its handshake to its close. It does not know the contents of its frames.

import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import type { Identity } from '../commands/authenticate.ts';
import { networkOf } from '../limits/network.ts';
import { Unavailable } from '../store/ports.ts';
import { type BufferContext, BufferedSocket } from './flow/bufferedSocket.ts';
import { type Frame, Receiver, type ReceiverContext } from './flow/receiver.ts';
import type { Hub, NewSubscriber, Subscriber } from './hub.ts';
import { CLOSE, type Sink } from './protocol.ts';
import { textFrame } from './textFrame.ts';

/** Answers the frames of one socket. */
export interface SocketHandler {
  /** Called before the handshake is answered: an error refuses it. Frames sent here leave first. */
  open(connection: Connection): Promise<void>;
  /** Answers one frame. The next one comes after this has resolved. An error closes the socket with 1011. */
  frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void>;
  /** Refuses one frame that exceeds the rate. */
  flooded?(connection: Connection, data: Buffer): void;
  /** Sent with the answer to the handshake. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The socket is gone, also if it was never opened. */
  closed?(connection: Connection): void;
}

/** What all sockets share. */
export interface ConnectionContext extends ReceiverContext, BufferContext {
  readonly hub: Hub;
  readonly log: Logger;
  readonly now: () => Date;
  /** Milliseconds between two pings. A client that is silent from one to the next, and reads nothing that waits for it, is gone. */
  readonly heartbeat: number;
}

export class Connection extends BufferedSocket implements Sink {
  readonly #context: ConnectionContext;
  readonly #handler: SocketHandler;
  readonly receiver: Receiver;
  ws: WebSocket | undefined;
  /** Undefined: nobody has signed in at this socket. */
  subscriber: Subscriber | undefined;
  /** The close code, once the socket was ended, which may happen before it is open. */
  endCode: number | undefined;
  #isClosed: boolean = false;
  /** When the frame in work was taken up, just before the check of its sender's credential, by `performance.now()`. */
  frameAt = 0;
  /** Milliseconds since the last ping. */
  #sincePing = 0;
  /** When the socket is closed with 4401, by `performance.now()`. */
  #endsAt = Number.POSITIVE_INFINITY;

  /** The client's address. */
  readonly address: string;

  constructor(context: ConnectionContext, handler: SocketHandler, socket: Duplex, address: string) {
    super(socket, context);
    this.address = address;
    this.#context = context;
    this.#handler = handler;
    this.receiver = new Receiver(context, this, { kind: 'address', name: networkOf(address) });
  }

  /** The account that has signed in here; null: nobody, or a visitor without an account. */
  get account(): string | null {
    return this.subscriber?.principal.userId ?? null;
  }

  get owner(): string {
    return this.account ?? networkOf(this.address);
  }

  get isOpen(): boolean {
    return !this.#isClosed && this.endCode === undefined;
  }

  protected get takesFrames(): boolean {
    return this.isOpen && (this.ws === undefined || this.ws.readyState === WebSocket.OPEN);
  }

  /** Adds this socket to the hub until it is closed or the credential ends. @throws what `hub.add` throws */
  async signIn(newcomer: Omit<NewSubscriber, 'sink'>): Promise<Subscriber> {
    const subscriber = await this.#context.hub.add({ ...newcomer, sink: this });
    this.subscriber = subscriber;
    const { userId } = subscriber.principal;
    if (userId !== null) this.receiver.belongsTo({ kind: 'account', name: userId });
    this.#endsWith('identity' in newcomer.who ? newcomer.who.identity : undefined);
    if (!this.isOpen) this.#leaveHub();
    return subscriber;
  }

  /** Replaces the credential by another one of the same user. @throws Refused `signed-out` */
  async renew(subscriber: Subscriber, identity: Identity): Promise<void> {
    await this.#context.hub.renew(subscriber, identity);
    this.#endsWith(identity);
  }

  /** Closes the socket with 4401 after so many milliseconds. */
  endsIn(milliseconds: number): void {
    this.#endsAt = performance.now() + milliseconds;
  }

  send(text: string): void {
    this.write(textFrame(text));
  }

  /** Closes the socket, and tells the client where it can resume. The socket receives nothing from now on. */
  end(code: number): void {
    if (!this.isOpen) return;
    this.endCode = code;
    const resume = this.subscriber && this.#context.hub.resumeAt(this.subscriber);
    this.#leaveHub();
    // A paused socket would not see the client's answer. Behind an incomplete message no answer can come.
    if (this.receiver.hasBegun) this.ws?.pause();
    else if (this.ws?.isPaused) this.ws.resume();
    this.ws?.close(code, resume === undefined ? '' : JSON.stringify({ resume }));
  }

  terminate(): void {
    this.ws?.terminate();
    this.socket.destroy();
    this.receiver.release();
  }

  /** Never sends what waits to be sent. A part of a frame may have left, so nothing can be sent after it: the client comes back. */
  dropWaiting(): void {
    if (this.hasWaiting) this.terminate();
  }

  /** The handshake was answered. */
  opened(ws: WebSocket): void {
    this.ws = ws;
    this.flush();
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.forgetWaiting();
    this.receiver.release();
    this.#leaveHub();
    this.#handler.closed?.(this);
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

  /**
   * Checks all limits of time. `now`: `performance.now()`. `elapsed`: milliseconds since the last call in which the client
   * could be heard.
   */
  tick(now: number, elapsed: number): void {
    if (now >= this.#endsAt) this.end(CLOSE.signedOut);
    this.receiver.tick(elapsed);
    const { heartbeat } = this.#context;
    const stuck = this.stuckFor(elapsed);
    // A client that sends pings but reads nothing looks alive.
    if (this.isOverfull || stuck > 2 * heartbeat) this.endSlow();
    const { ws } = this;
    this.#sincePing += elapsed;
    if (ws === undefined || this.#sincePing < heartbeat) return;
    this.#sincePing = 0;
    // The ping lies behind all that a slow client has yet to read.
    const isReading = this.hasWaiting && stuck < heartbeat;
    // No pong can arrive at a paused socket, which is paused only while its frames are carried out.
    if (!this.receiver.isAlive && !ws.isPaused && !isReading) {
      this.terminate();
      return;
    }
    this.receiver.isAlive = false;
    if (ws.readyState === WebSocket.OPEN) ws.ping();
  }

  /** A log-out counts as soon as it was answered, on any process; the hub may see the event a moment later. */
  async #isSignedIn(): Promise<boolean> {
    try {
      return this.subscriber === undefined || (await this.#context.hub.isGood(this.subscriber));
    } catch (error) {
      // Nothing can be written during the outage, so the handler will refuse the frame.
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
