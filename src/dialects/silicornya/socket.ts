// Silicornya's socket, `/connection/<room>/<name>/<email>/`: a visitor without an account, and the desk that answers.
//
// Nothing in the address proves who somebody is. So a visitor speaks for one desk alone, that of exactly this room, name
// and e-mail address, and hears nothing but what is said there from now on.

import { deskId, MakeEnquiry, makeEnquiry } from '../../commands/makeEnquiry.ts';
import type { Event } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import { type Hub, TooManySockets } from '../../ws/hub.ts';
import { CLOSE, type FrameContext, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { errorOf } from '../django/errorOf.ts';
import { type Bucket, createVisitorLimits, type VisitorLimits } from './visitorLimits.ts';
import { automaticAnswer, messageIn, presentExchange, problem } from './wire.ts';

const Visitor = MakeEnquiry.pick({ room: true, name: true, email: true });
type Visitor = Readonly<Record<'room' | 'name' | 'email', string>>;

/** An enquiry is told together with its answer. What people with accounts say at the desk has one side alone. */
const exchange = async (event: Event, context: FrameContext) => {
  if (event.type !== 'MessageSent' || event.data.visitor !== undefined) return undefined;
  const { conversationId, number, text, senderId, sentAt, answers } = event.data;
  const desk = await context.conversationAsMade(conversationId);
  if (desk === undefined) return undefined;
  const message = { number, text, at: sentAt ?? event.at };
  // The two are recorded together.
  if (answers !== undefined) return presentExchange(desk, await context.messageBefore(event), message);
  const sender = (await context.users([senderId])).get(senderId ?? '');
  const isVisitor = sender?.emailKey != null && sender.emailKey === desk.visitorEmailKey;
  return isVisitor ? presentExchange(desk, message, undefined) : presentExchange(desk, undefined, message);
};

export const protocol: Protocol = {
  name: 'silicornya',
  frame: async (event, context) => {
    const found = await exchange(event, context);
    return found && JSON.stringify(found);
  },
};

class VisitorSession implements SocketHandler {
  readonly #services: Services;
  readonly #hub: Hub;
  readonly #limits: VisitorLimits;
  readonly #visitor: Visitor;
  readonly #bucket: Bucket;
  #hasEntered: boolean = false;

  constructor(services: Services, hub: Hub, limits: VisitorLimits, visitor: Visitor) {
    this.#services = services;
    this.#hub = hub;
    this.#limits = limits;
    this.#visitor = visitor;
    this.#bucket = limits.bucket();
  }

  async open(connection: Connection): Promise<void> {
    if (!this.#limits.enter(connection.address)) throw new TooManySockets();
    this.#hasEntered = true;
    const { room, name, email } = this.#visitor;
    const subscriber = await connection.signIn({ who: { email }, protocol, byMembership: false });
    await this.#hub.watch(subscriber, deskId(room, name, email));
    this.#hub.goLive(subscriber);
  }

  async frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    if (isBinary) return connection.end(CLOSE.binary);
    if (!this.#limits.takes(this.#bucket, connection.address)) return this.flooded(connection);
    const message = messageIn(data.toString());
    if (message === undefined) return connection.send(problem('A text in "message" is required.'));
    try {
      await this.#ask(message);
    } catch (error) {
      const text = textOf(error);
      if (text === undefined) throw error;
      connection.send(problem(text));
    }
  }

  flooded(connection: Connection): void {
    connection.send(problem('Request was throttled.'));
  }

  closed(connection: Connection): void {
    if (this.#hasEntered) this.#limits.leave(connection.address);
  }

  /** The answer comes by the hub, to this socket as to all others at the desk. */
  async #ask(text: string): Promise<void> {
    const { core } = this.#services;
    const { name, email } = this.#visitor;
    const answer = automaticAnswer(name, text, email);
    const meta = { actorId: null, correlationId: core.newId() };
    await makeEnquiry(core, meta, { ...this.#visitor, text, answer });
  }
}

/** One sentence for what is no bug; undefined: it is one. */
const textOf = (error: unknown): string | undefined => {
  const body = errorOf(error, {})?.body;
  if (typeof body !== 'object' || body === null) return undefined;
  const [first] = Object.values(body).flat() as unknown[];
  return typeof first === 'string' ? first : undefined;
};

export const deskSocket = (services: Services, hub: Hub, prefix: string): SocketMount => {
  const limits = createVisitorLimits();
  return {
    path: `${prefix}/connection/:room/:name/:email`,
    maxPayload: services.config.MAX_FRAME,
    // No cookie counts here, so any page may speak for its own visitor.
    anyOrigin: true,
    anySubprotocol: true,
    admit: async ({ params }) => {
      const visitor = Visitor.safeParse(params);
      return visitor.success ? new VisitorSession(services, hub, limits, visitor.data) : { status: 400 };
    },
  };
};
