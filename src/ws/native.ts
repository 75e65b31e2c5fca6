// The native socket, `/v1/socket`: signs in, subscribes from any position on, and carries out commands.

import { identify, identifyHeader } from '../api/credentials.ts';
import { failureOf } from '../api/failures.ts';
import type { Identity } from '../commands/authenticate.ts';
import { Refused } from '../domain/refused.ts';
import { checkScope } from '../domain/scopes.ts';
import { TooManyRequests } from '../limits/limits.ts';
import { createSampler, type Sampler } from '../limits/sampler.ts';
import type { Services } from '../services.ts';
import { carryOut } from './commandFrames.ts';
import type { Connection, SocketHandler } from './connection.ts';
import { native } from './frames.ts';
import { type Hub, type Subscriber, TooManySockets } from './hub.ts';
import { CLOSE } from './protocol.ts';
import type { Handshake, SocketMount } from './socketMount.ts';
import { type FrameRefusal, type Inbound, type InboundOf, present, readFrame } from './wire.ts';

/** Malformed frames in a row that close the socket. */
const BAD_FRAMES = 20;
/** Most conversations that one socket watches beside those of its user. */
const SUBSCRIPTIONS = 1000;
/** Milliseconds between two `typing` of one socket that other sockets receive. */
const TYPING_EVERY = 1000;

export const nativeSocket = (services: Services, hub: Hub, sample = createSampler()): SocketMount => ({
  path: '/v1/socket',
  maxPayload: services.config.MAX_FRAME,
  subprotocol: 'verbatim.v1',
  admit: async (handshake) => {
    // A token in a URL would end up in logs.
    if ([...handshake.query.keys()].some((name) => name !== 'ticket')) return { status: 400 };
    return new NativeSession(services, hub, sample, await identityOf(services, handshake));
  },
});

/** Undefined: the client has not presented a credential yet. @throws Refused `signed-out` */
const identityOf = async (
  { authenticator }: Services,
  { query, headers: { authorization } }: Handshake,
): Promise<Identity | undefined> => {
  const ticket = query.get('ticket');
  if (ticket === null && authorization === undefined) return undefined;
  const identity = await (ticket === null
    ? identifyHeader(authenticator, authorization)
    : authenticator.byTicket(ticket));
  if (identity === undefined) throw new Refused('signed-out');
  return identity;
};

class NativeSession implements SocketHandler {
  readonly #services: Services;
  readonly #hub: Hub;
  readonly #sample: Sampler;
  /** From the handshake, until the sign-in. */
  #presented: Identity | undefined;
  /** Resolves once the socket has caught up, or is gone. Undefined: it has not subscribed. */
  #caughtUp: Promise<void> | undefined;
  #bad = 0;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(services: Services, hub: Hub, sample: Sampler, presented: Identity | undefined) {
    this.#services = services;
    this.#hub = hub;
    this.#sample = sample;
    this.#presented = presented;
  }

  async open(connection: Connection): Promise<void> {
    if (this.#presented) await this.#welcome(connection, this.#presented);
    this.#presented = undefined;
  }

  async frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    if (isBinary) return connection.end(CLOSE.binary);
    const read = readFrame(data.toString());
    if ('refusal' in read) {
      refuse(connection, read.key, read.refusal);
      if (++this.#bad >= BAD_FRAMES) connection.end(CLOSE.policy);
      return;
    }
    this.#bad = 0;
    try {
      await this.#answer(connection, read.frame, read.sent);
    } catch (error) {
      this.#refuseFor(connection, read.frame.key, error);
    }
  }

  flooded(connection: Connection, data: Buffer): void {
    const read = readFrame(data.toString());
    refuse(connection, 'frame' in read ? read.frame.key : read.key, { code: 'too-many-frames' });
  }

  async #answer(connection: Connection, frame: Inbound, sent: object): Promise<void> {
    if (frame.type === 'ping') return send(connection, present.pong(frame.key));
    if (frame.type === 'sign-in') return this.#signIn(connection, frame);
    const { subscriber } = connection;
    if (subscriber === undefined) throw new Refused('signed-out');
    switch (frame.type) {
      case 'subscribe':
        return this.#subscribe(connection, subscriber, frame);
      case 'send':
      case 'edit':
      case 'remove':
      case 'restore':
      case 'read':
      case 'read-thread':
      case 'react':
      case 'unreact':
        return send(connection, await carryOut(this.#services, connection, subscriber, frame, sent));
      case 'typing':
        return this.#typing(subscriber, connection, frame);
      case 'presence':
        checkScope(subscriber.scopes, 'write');
        return this.#hub.say(subscriber, frame.state);
    }
  }

  async #signIn(connection: Connection, { token, key }: InboundOf<'sign-in'>): Promise<void> {
    const { authenticator, core } = this.#services;
    const { subscriber, account: actorId, address } = connection;
    const costs = subscriber === undefined ? { strangers: 1 } : { reads: 1 };
    core.limits.count(costs, { address, actorId });
    const identity = await identify(authenticator, token);
    if (identity === undefined) throw new Refused('signed-out', 'token');
    if (subscriber === undefined) core.limits.giveBack(costs, { address, actorId });
    if (subscriber !== undefined && subscriber.principal.userId !== identity.user.userId)
      return refuse(connection, key, { code: 'another-user' });
    return this.#welcome(connection, identity, key);
  }

  /** Signs in, or changes the credential of a socket that has signed in. */
  async #welcome(connection: Connection, identity: Identity, key?: string): Promise<void> {
    if (connection.subscriber !== undefined) await connection.renew(connection.subscriber, identity);
    else await connection.signIn({ who: { identity }, protocol: native, byMembership: true });
    send(connection, present.ready(key, identity.user.userId, this.#services.logIdentity.logId, this.#hub.position));
  }

  async #subscribe(connection: Connection, subscriber: Subscriber, frame: InboundOf<'subscribe'>): Promise<void> {
    const { conversationIds, key } = frame;
    const { logIdentity } = this.#services;
    this.#countRead(connection);
    const place = frame.after === undefined ? undefined : await logIdentity.placeOf(frame.after, frame.log);
    if (place && 'code' in place) {
      const field = place.code === 'log-unknown' ? 'log' : 'after';
      return refuse(connection, key, { code: place.code, field, begin: place.begin });
    }
    const after = place?.at;
    if (after !== undefined && this.#caughtUp !== undefined)
      return refuse(connection, key, { code: 'already-subscribed' });
    if (after !== undefined && !(await logIdentity.isPosition(after)))
      return refuse(connection, key, { code: 'position-unknown', field: 'after', begin: 0 });
    if (new Set([...(subscriber.watches ?? []), ...conversationIds]).size > SUBSCRIPTIONS)
      return refuse(connection, key, { code: 'too-many-subscriptions', field: 'conversationIds' });
    await this.#watch(subscriber, conversationIds);
    const caughtUp = (): void => {
      send(connection, present.caughtUp(key, this.#hub.resumeAt(subscriber)!));
      this.#hub.arrive(subscriber);
    };
    if (this.#caughtUp !== undefined) {
      // The history ends before this answer, too. Not awaited: the socket takes commands meanwhile.
      void this.#caughtUp.then(caughtUp);
      return;
    }
    if (after === undefined) {
      this.#hub.goLive(subscriber);
      this.#caughtUp = Promise.resolve();
      return caughtUp();
    }
    // Not awaited: the socket takes commands while it receives its history.
    this.#caughtUp = this.#hub.resume(subscriber, after, caughtUp).catch((error: unknown) => {
      const times = this.#sample(String(error));
      if (times !== undefined) this.#services.log.warn({ err: error, times }, 'a history broke off');
      connection.end(CLOSE.tryLater);
    });
  }

  /** All of them or none. @throws Refused `conversation-unknown`; Unavailable */
  async #watch(subscriber: Subscriber, conversationIds: readonly string[]): Promise<void> {
    const added: string[] = [];
    try {
      for (const [i, conversationId] of conversationIds.entries()) {
        if (subscriber.watches?.has(conversationId)) continue;
        added.push(conversationId);
        if (!(await this.#hub.watch(subscriber, conversationId)))
          throw new Refused('conversation-unknown', `conversationIds.${i}`);
      }
    } catch (error) {
      for (const id of added) this.#hub.unwatch(subscriber, id);
      throw error;
    }
  }

  async #typing(
    subscriber: Subscriber,
    connection: Connection,
    { conversationId }: InboundOf<'typing'>,
  ): Promise<void> {
    checkScope(subscriber.scopes, 'write');
    if (!this.#hub.follows(subscriber, conversationId)) throw new Refused('conversation-unknown', 'conversationId');
    if (!this.#hub.belongs(subscriber, conversationId)) throw new Refused('not-a-member', 'conversationId');
    const now = performance.now();
    if (now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#countRead(connection);
    // The views are asked once for each frame that others might receive.
    if (!(await this.#hub.mayWrite(subscriber, conversationId))) throw new Refused('read-only', 'conversationId');
    const { userId } = subscriber.principal;
    this.#hub.sendUnrecorded(subscriber, conversationId, JSON.stringify(present.typing(conversationId, userId!)));
  }

  /** The stores are asked, as for a request that reads. @throws TooManyRequests */
  #countRead({ address, account: actorId }: Connection): void {
    this.#services.core.limits.count({ reads: 1 }, { address, actorId });
  }

  #refuseFor(connection: Connection, key: string | undefined, error: unknown): void {
    if (error instanceof TooManySockets) {
      connection.end(CLOSE.tooMany);
      return;
    }
    const { code, errors } = failureOf(error);
    const isEarly = error instanceof TooManyRequests || error instanceof Refused;
    const retryAfter = isEarly ? error.retryAfter : undefined;
    this.#services.core.security.refused(error, { address: connection.address, userId: connection.account });
    if (code === 'internal') this.#services.log.error({ err: error }, 'a frame failed');
    refuse(connection, key, { code, field: errors[0]?.field, retryAfter });
    // A socket whose sign-in has ended is closed. One that has not signed in yet may try again, and so may one whose new token is wrong.
    const isOver = code === 'signed-out' && errors.length === 0;
    if (isOver && connection.subscriber !== undefined) connection.end(CLOSE.signedOut);
  }
}

const send = (connection: Connection, frame: object): void => connection.send(JSON.stringify(frame));

const refuse = (connection: Connection, key: string | number | undefined, refusal: FrameRefusal): void =>
  send(connection, present.refused(key, refusal));
