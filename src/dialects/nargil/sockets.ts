// The sockets of groups and of private chats: listening, and writing.

import { Readable } from 'node:stream';
import { ZodError } from 'zod';
import type { RawResponse } from '../../api/rawResponse.ts';
import type { Identity } from '../../commands/authenticate.ts';
import type { Origin } from '../../commands/context.ts';
import { coreSince } from '../../commands/core.ts';
import { sendMessage } from '../../commands/sendMessage.ts';
import { storeFile } from '../../commands/storeFile.ts';
import { Refused } from '../../domain/refused.ts';
import type { Services } from '../../services.ts';
import { TooLarge } from '../../store/ports.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import type { Hub } from '../../ws/hub.ts';
import { CLOSE } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/socketMount.ts';
import { ApiError } from '../django/apiErrors.ts';
import { type Chat, groupChat, privateChat, type Speaker } from './chats.ts';
import { BadFrame, groupProtocol, privateProtocol, readFrame, type SentFile } from './frames.ts';
import { groupNamed } from './groups.ts';
import { isPrivateName, privateChatNamed } from './privateChats.ts';
import { nargilScheme } from './signOn.ts';

/** One answer for all who may not come in, whatever the reason. */
const DENIED: RawResponse = { status: 403, body: 'Access denied' };
const TOO_BIG = 1009;

/** The original closes with one code after every error. @throws an error that no client can cause */
const closeCodeOf = (error: unknown): number => {
  if (error instanceof Refused && error.code === 'signed-out') return CLOSE.signedOut;
  if (error instanceof BadFrame || error instanceof Refused || error instanceof ZodError) return CLOSE.internal;
  if (error instanceof TooLarge) return TOO_BIG;
  throw error;
};

class ChatSocket implements SocketHandler, Speaker {
  readonly services: Services;
  readonly hub: Hub;
  readonly identity: Identity;
  readonly #chat: Chat;

  constructor(services: Services, hub: Hub, identity: Identity, chatOf: (speaker: Speaker) => Chat) {
    this.services = services;
    this.hub = hub;
    this.identity = identity;
    this.#chat = chatOf(this);
  }

  async open(connection: Connection): Promise<void> {
    const { protocol } = this.#chat;
    const subscriber = await connection.signIn({ who: { identity: this.identity }, protocol, byMembership: false });
    await this.#chat.listen(subscriber);
    this.hub.goLive(subscriber);
  }

  async frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    try {
      const said = readFrame(data, isBinary, this.#chat.isLenient);
      if (said === undefined) return;
      const conversationId = await this.#chat.conversationFor(said, connection);
      const core = coreSince(this.services.core, connection.frameAt);
      const fileId = said.file === undefined ? null : await this.#keep(said.file);
      await sendMessage(core, this.origin(), { conversationId, text: said.text, fileId });
    } catch (error) {
      connection.end(closeCodeOf(error));
    }
  }

  origin(): Origin {
    return { actorId: this.identity.user.userId, correlationId: this.services.core.newId() };
  }

  async #keep({ name, mediaType, content }: SentFile): Promise<string> {
    const { core, config } = this.services;
    const source = Readable.from([content]);
    return (await storeFile(core, this.origin(), { name, mediaType }, source, config.MAX_UPLOAD)).fileId;
  }
}

/** Bytes of the largest file in base64, with room for the rest of the frame. */
const maxPayloadFor = (maxUpload: number): number => Math.ceil(maxUpload / 3) * 4 + 256 * 1024;

export const nargilSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => {
  const { config, core, queries } = services;
  const scheme = nargilScheme(services);
  const at = { local: (path: string) => prefix + path, tokens: core.tokens };
  const [ofGroup, ofPrivate] = [groupProtocol(at), privateProtocol(at)];

  type Find = (identity: Identity, name: string) => Promise<((speaker: Speaker) => Chat) | undefined>;
  const mountAt = (path: string, find: Find): SocketMount => ({
    path: `${prefix}${path}`,
    maxPayload: maxPayloadFor(config.MAX_UPLOAD),
    admit: async ({ headers, params }) => {
      try {
        const identity = await scheme.identify(headers);
        const chatOf = identity && (await find(identity, params.name!));
        return chatOf === undefined ? DENIED : new ChatSocket(services, hub, identity!, chatOf);
      } catch (error) {
        if (error instanceof ApiError) return error.status === 401 ? DENIED : { status: error.status };
        throw error;
      }
    },
  });

  return [
    mountAt('/cht/ws/chat/:name', async (identity, slug) => {
      const group = await groupNamed(queries, slug, identity.user.userId);
      return group && ((speaker) => groupChat(speaker, ofGroup, group));
    }),
    mountAt('/cht/ws/private_chat/:name', async ({ user }, name) => {
      const named = await privateChatNamed(services, name, user);
      if (named.kind === 'of-others' || (named.kind === 'free' && !isPrivateName(name))) return undefined;
      return (speaker) => privateChat(speaker, ofPrivate, name, named);
    }),
  ];
};
