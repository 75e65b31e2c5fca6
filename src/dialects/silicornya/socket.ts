// Silicornya's socket, `/connection/<room>/<name>/<email>/`: a visitor, and the desk that answers.
//
// The address proves nothing. So a visitor has a desk of its own under this room, name and e-mail address. It comes back to
// the desk by its account or its secret, and receives only what is written there from now on.

import { type Desk, deskId, MakeEnquiry, makeEnquiry } from '../../commands/makeEnquiry.ts';
import { asksAt } from '../../domain/access.ts';
import type { EventOf } from '../../domain/events.ts';
import { TokenBucket } from '../../limits/tokenBucket.ts';
import { accountOf } from '../../projections/users.ts';
import type { Services } from '../../services.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import type { Hub } from '../../ws/hub.ts';
import { CLOSE, type FrameContext, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { errorOf } from '../django/errorOf.ts';
import { createVisitors, type Visitor } from './visitors.ts';
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
  const isVisitor = sender !== undefined && asksAt(accountOf(sender), desk);
  return isVisitor ? presentExchange(desk, message, undefined) : presentExchange(desk, undefined, message);
};

export const protocol: Protocol = { name: 'silicornya', frames: { MessageSent: exchange } };

/** The text of an error that a client can cause; undefined: the error is a bug. */
const textOf = (error: unknown): string | undefined => {
  const [first] = Object.values(errorOf(error)?.body ?? {}).flat();
  return typeof first === 'string' ? first : undefined;
};

const Address = MakeEnquiry.pick({ room: true, name: true, email: true });

const visitorSocket = ({ core }: Services, hub: Hub, desk: Desk, visitor: Visitor): SocketHandler => {
  const identity = 'identity' in visitor ? visitor.identity : undefined;
  const [actorId, scopes] = [identity?.user.userId ?? null, identity?.scopes ?? null];
  const secret = 'secret' in visitor ? visitor.secret : undefined;
  const id = deskId(core, desk, { userId: actorId, secret });
  const bucket = new TokenBucket(core.limits.rateOf('socket-enquiries'));

  const flooded = (connection: Connection): void => connection.send(problem('Request was throttled.'));

  return {
    ...('setCookie' in visitor && { headers: { 'Set-Cookie': visitor.setCookie } }),
    flooded,
    open: async (connection) => {
      core.limits.count({ desks: 1 }, { address: connection.address, actorId: null });
      const who = identity === undefined ? { visits: id } : { identity };
      const subscriber = await connection.signIn({ who, protocol, byMembership: false });
      await hub.watch(subscriber, id);
      hub.goLive(subscriber);
    },
    frame: async (connection, data, isBinary) => {
      if (isBinary) return connection.end(CLOSE.binary);
      if (!bucket.takes()) return flooded(connection);
      const text = messageIn(data.toString());
      if (text === undefined) return connection.send(problem('A text in "message" is required.'));
      try {
        // The hub sends the exchange to all sockets at the desk, to this one too.
        const origin = { actorId, scopes, address: connection.address, correlationId: core.newId() };
        const answer = automaticAnswer(desk.name, text, desk.email);
        await makeEnquiry(core, origin, { ...desk, secret, text, answer });
      } catch (error) {
        const wrong = textOf(error);
        if (wrong === undefined) throw error;
        connection.send(problem(wrong));
      }
    },
  };
};

export const deskSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => {
  const path = `${prefix}/connection`;
  const visitorOf = createVisitors(services, path);
  return [
    {
      path: `${path}/:room/:name/:email`,
      maxPayload: services.config.MAX_FRAME,
      // Only the token in a header signs in, and the cookie counts only from trusted pages: any page may have visitors.
      anyOrigin: true,
      anySubprotocol: true,
      admit: async ({ params, headers }) => {
        const { data: desk } = Address.safeParse(params);
        if (!desk) return { status: 400 };
        return visitorSocket(services, hub, desk, await visitorOf(headers));
      },
    },
  ];
};
