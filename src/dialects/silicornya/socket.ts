// Silicornya's socket, `/connection/<room>/<name>/<email>/`: a visitor without an account, and the desk that answers.
//
// The address proves nothing. So a visitor writes only to the desk of exactly this room, name and e-mail address, and
// receives only what is written there from now on.

import type { z } from 'zod';
import { deskId, MakeEnquiry, makeEnquiry } from '../../commands/makeEnquiry.ts';
import type { EventOf } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import { type Hub, TooManySockets } from '../../ws/hub.ts';
import { CLOSE, type FrameContext, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { errorOf } from '../django/errorOf.ts';
import { createVisitorLimits, networkOf, type VisitorLimits } from './visitorLimits.ts';
import { automaticAnswer, messageIn, presentExchange, problem } from './wire.ts';

/** A frame shows an enquiry together with its answer; a message of an account has an empty other side. */
const exchange = async (event: EventOf<'MessageSent'>, context: FrameContext) => {
  if (event.data.visitor !== undefined) return undefined;
  const { conversationId, number, text, senderId, sentAt, answers } = event.data;
  const desk = await context.conversationAsMade(conversationId);
  if (desk === undefined) return undefined;
  const message = { number, text, at: sentAt ?? event.at };
  // The log has the enquiry just before its answer.
  if (answers !== undefined) return presentExchange(desk, await context.messageBefore(event), message);
  const sender = await context.user(senderId);
  const isVisitor = sender?.emailKey != null && sender.emailKey === desk.visitorEmailKey;
  return isVisitor ? presentExchange(desk, message, undefined) : presentExchange(desk, undefined, message);
};

export const protocol: Protocol = { name: 'silicornya', frames: { MessageSent: exchange } };

/** The text of an error that a client can cause; undefined: the error is a bug. */
const textOf = (error: unknown): string | undefined => {
  const [first] = Object.values(errorOf(error)?.body ?? {}).flat();
  return typeof first === 'string' ? first : undefined;
};

const Visitor = MakeEnquiry.pick({ room: true, name: true, email: true });
type Visitor = z.infer<typeof Visitor>;

const visitorSocket = ({ core }: Services, hub: Hub, limits: VisitorLimits, visitor: Visitor): SocketHandler => {
  const { room, name, email } = visitor;
  const bucket = limits.bucket();
  let hasEntered = false;

  const flooded = (connection: Connection): void => connection.send(problem('Request was throttled.'));

  return {
    flooded,
    open: async (connection) => {
      if (!limits.enter(connection.address)) throw new TooManySockets();
      hasEntered = true;
      const subscriber = await connection.signIn({ who: { email }, protocol, byMembership: false });
      await hub.watch(subscriber, deskId(room, name, email));
      hub.goLive(subscriber);
    },
    frame: async (connection, data, isBinary) => {
      if (isBinary) return connection.end(CLOSE.binary);
      if (!limits.takes(bucket, connection.address)) return flooded(connection);
      const text = messageIn(data.toString());
      if (text === undefined) return connection.send(problem('A text in "message" is required.'));
      try {
        // The hub sends the exchange to all sockets at the desk, to this one too.
        const meta = { actorId: null, correlationId: core.newId(), address: networkOf(connection.address) };
        await makeEnquiry(core, meta, { ...visitor, text, answer: automaticAnswer(name, text, email) });
      } catch (error) {
        const wrong = textOf(error);
        if (wrong === undefined) throw error;
        connection.send(problem(wrong));
      }
    },
    closed: (connection) => {
      if (hasEntered) limits.leave(connection.address);
    },
  };
};

export const deskSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => {
  const limits = createVisitorLimits();
  return [
    {
      path: `${prefix}/connection/:room/:name/:email`,
      maxPayload: services.config.MAX_FRAME,
      // No cookie counts here, so any page may open a socket for its own visitor.
      anyOrigin: true,
      anySubprotocol: true,
      admit: async ({ params }) => {
        const { data: visitor } = Visitor.safeParse(params);
        return visitor ? visitorSocket(services, hub, limits, visitor) : { status: 400 };
      },
    },
  ];
};
