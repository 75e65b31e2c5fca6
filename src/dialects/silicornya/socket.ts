// Silicornya's socket, `/connection/<room>/<name>/<email>/`: a visitor without an account, and the desk that answers.
//
// The address proves nothing. So a visitor writes only to the desk of exactly this room, name and e-mail address, and
// receives only what is written there from now on.

import type { z } from 'zod';
import { deskId, MakeEnquiry, makeEnquiry } from '../../commands/makeEnquiry.ts';
import type { EventOf } from '../../domain/events.ts';
import { TokenBucket } from '../../limits/tokenBucket.ts';
import type { Services } from '../../services.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import type { Hub } from '../../ws/hub.ts';
import { CLOSE, type FrameContext, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { errorOf } from '../django/errorOf.ts';
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

const visitorSocket = ({ core }: Services, hub: Hub, visitor: Visitor): SocketHandler => {
  const { room, name, email } = visitor;
  const bucket = new TokenBucket(core.limits.rateOf('socket-enquiries'));

  const flooded = (connection: Connection): void => connection.send(problem('Request was throttled.'));

  return {
    flooded,
    open: async (connection) => {
      core.limits.count({ desks: 1 }, { address: connection.address, actorId: null });
      const subscriber = await connection.signIn({ who: { email }, protocol, byMembership: false });
      await hub.watch(subscriber, deskId(room, name, email));
      hub.goLive(subscriber);
    },
    frame: async (connection, data, isBinary) => {
      if (isBinary) return connection.end(CLOSE.binary);
      if (!bucket.takes()) return flooded(connection);
      const text = messageIn(data.toString());
      if (text === undefined) return connection.send(problem('A text in "message" is required.'));
      try {
        // The hub sends the exchange to all sockets at the desk, to this one too.
        const origin = { actorId: null, address: connection.address, correlationId: core.newId() };
        await makeEnquiry(core, origin, { ...visitor, text, answer: automaticAnswer(name, text, email) });
      } catch (error) {
        const wrong = textOf(error);
        if (wrong === undefined) throw error;
        connection.send(problem(wrong));
      }
    },
  };
};

export const deskSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => [
  {
    path: `${prefix}/connection/:room/:name/:email`,
    maxPayload: services.config.MAX_FRAME,
    // No cookie counts here, so any page may open a socket for its own visitor.
    anyOrigin: true,
    anySubprotocol: true,
    admit: async ({ params }) => {
      const { data: visitor } = Visitor.safeParse(params);
      return visitor ? visitorSocket(services, hub, visitor) : { status: 400 };
    },
  },
];
