// The sockets of groups and of private chats.

import { Readable } from 'node:stream';
import { ZodError } from 'zod';
import type { RawResponse } from '../../api/rawResponse.ts';
import { checkSaid, sendMessage } from '../../commands/sendMessage.ts';
import { storeFile } from '../../commands/storeFile.ts';
import { Refused } from '../../domain/refused.ts';
import { TooManyRequests } from '../../limits/limits.ts';
import type { Services } from '../../services.ts';
import { TooLarge, Unavailable } from '../../store/ports.ts';
import type { SocketHandler } from '../../ws/connection.ts';
import type { Hub } from '../../ws/hub.ts';
import { CLOSE, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { ApiError } from '../django/apiErrors.ts';
import { type Chat, type Enter, enterGroup, enterPrivateChat, type Speaker } from './chats.ts';
import { BadFrame, groupProtocol, privateProtocol, readFrame, type SentFile } from './frames.ts';
import { nargilScheme } from './scheme.ts';

/** All refused handshakes get the same answer, so that it does not tell the reason. */
const DENIED: RawResponse = { status: 403, body: 'Access denied' };
const TOO_BIG = 1009;

/** The original closes with 1011 after every error. @throws an error that no client can cause */
const closeCodeOf = (error: unknown): number => {
  if (error instanceof Refused && error.code === 'signed-out') return CLOSE.signedOut;
  if (error instanceof Refused && error.code === 'quota-exceeded') return TOO_BIG;
  if (error instanceof Refused && error.code === 'slow-mode') return CLOSE.tooMany;
  if (error instanceof BadFrame || error instanceof Refused || error instanceof ZodError) return CLOSE.internal;
  if (error instanceof TooLarge) return TOO_BIG;
  if (error instanceof Unavailable) return CLOSE.tryLater;
  if (error instanceof TooManyRequests) return CLOSE.tooMany;
  throw error;
};

const chatSocket = ({ services, hub, identity, origin }: Speaker, chat: Chat, protocol: Protocol): SocketHandler => {
  const { core, config } = services;

  const store = async ({ name, mediaType, content }: SentFile): Promise<string> => {
    const source = Readable.from([content]);
    return (await storeFile(core, origin(), { name, mediaType }, source, config.MAX_UPLOAD)).fileId;
  };

  return {
    open: async (connection) => {
      const subscriber = await connection.signIn({ who: { identity }, protocol, byMembership: false });
      await chat.listen(subscriber);
      hub.goLive(subscriber);
    },
    frame: async (connection, data, isBinary) => {
      try {
        const said = readFrame(data, isBinary, chat.isLenient);
        if (said === undefined) return;
        checkSaid(said.text, said.file !== undefined);
        const { conversationId, enter } = await chat.conversationFor(said.recipient, connection.subscriber!);
        const fileId = said.file === undefined ? null : await store(said.file);
        await enter();
        await sendMessage({ ...core, began: connection.frameAt }, origin(), {
          conversationId,
          text: said.text,
          fileId,
        });
      } catch (error) {
        connection.end(closeCodeOf(error));
      }
    },
  };
};

export const nargilSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => {
  const { config, core } = services;
  const scheme = nargilScheme(services);
  const at = { services, user: undefined, local: (path: string) => prefix + path };
  // The largest file in base64, with room for the rest of the frame.
  const maxPayload = Math.ceil(config.MAX_UPLOAD / 3) * 4 + 256 * 1024;

  const mountAt = (path: string, protocol: Protocol, enter: Enter): SocketMount => ({
    path: `${prefix}${path}`,
    maxPayload,
    admit: async ({ headers, params, address }) => {
      try {
        const identity = await scheme.identify({ headers, address });
        if (identity === undefined) return DENIED;
        const { user, scopes } = identity;
        const origin = () => ({ actorId: user.userId, scopes, address, correlationId: core.newId() });
        const speaker = { services, hub, identity, origin };
        const chat = await enter(speaker, params.name!);
        return chat === undefined ? DENIED : chatSocket(speaker, chat, protocol);
      } catch (error) {
        if (error instanceof ApiError) return DENIED;
        throw error;
      }
    },
  });

  return [
    mountAt('/cht/ws/chat/:name', groupProtocol(at), enterGroup),
    mountAt('/cht/ws/private_chat/:name', privateProtocol(at), enterPrivateChat),
  ];
};
