// The sockets of groups and of private chats: listening, and writing.

import { Readable } from 'node:stream';
import { ZodError } from 'zod';
import type { RawResponse } from '../../api/rawResponse.ts';
import type { Identity } from '../../commands/authenticate.ts';
import type { Origin } from '../../commands/context.ts';
import { coreSince } from '../../commands/core.ts';
import { giveSlug } from '../../commands/giveSlug.ts';
import { join } from '../../commands/join.ts';
import { sendMessage } from '../../commands/sendMessage.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { storeFile } from '../../commands/storeFile.ts';
import { directChatId } from '../../domain/ids.ts';
import { Refused } from '../../domain/refused.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import type { Services } from '../../services.ts';
import { VIEW_WAIT } from '../../services.ts';
import { TooLarge } from '../../store/ports.ts';
import type { Connection, SocketHandler } from '../../ws/connection.ts';
import type { Hub, Subscriber } from '../../ws/hub.ts';
import { CLOSE, type Protocol } from '../../ws/protocol.ts';
import type { SocketMount } from '../../ws/server.ts';
import { ApiError } from '../django/apiErrors.ts';
import { BadFrame, groupProtocol, privateProtocol, readFrame, type Said } from './frames.ts';
import { groupNamed } from './groups.ts';
import { personOf } from './identities.ts';
import { isPrivateName, type Named, privateChatNamed } from './privateChats.ts';
import { nargilScheme } from './signOn.ts';

/** Whoever may not come in hears the same, whatever the reason. */
const DENIED: RawResponse = { status: 403, body: 'Access denied' };
const TOO_BIG = 1009;

/** What the two kinds of socket share: who speaks, and how what is said gets into a conversation. */
abstract class ChatSocket implements SocketHandler {
  protected readonly services: Services;
  protected readonly hub: Hub;
  protected readonly identity: Identity;
  /** Frames without anything in them are passed by. */
  protected readonly isLenient: boolean = false;
  readonly #protocol: Protocol;

  constructor(services: Services, hub: Hub, protocol: Protocol, identity: Identity) {
    this.services = services;
    this.hub = hub;
    this.identity = identity;
    this.#protocol = protocol;
  }

  async open(connection: Connection): Promise<void> {
    const who = { identity: this.identity };
    const subscriber = await connection.signIn({ who, protocol: this.#protocol, byMembership: false });
    await this.listen(subscriber);
    this.hub.goLive(subscriber);
  }

  async frame(connection: Connection, data: Buffer, isBinary: boolean): Promise<void> {
    try {
      const said = readFrame(data, isBinary, this.isLenient);
      if (said !== undefined) await this.say(said, connection);
    } catch (error) {
      connection.end(closeCodeOf(error));
    }
  }

  /** Says what is to be heard here. */
  protected abstract listen(subscriber: Subscriber): Promise<void>;
  protected abstract say(said: Said, connection: Connection): Promise<void>;

  protected origin(): Origin {
    return { actorId: this.identity.user.userId, correlationId: this.services.core.newId() };
  }

  protected async send(conversationId: string, { text, file }: Said, began: number): Promise<void> {
    const core = coreSince(this.services.core, began);
    const fileId = file === undefined ? null : await this.#keep(file);
    await sendMessage(core, this.origin(), { conversationId, text, fileId });
  }

  async #keep({ name, mediaType, content }: NonNullable<Said['file']>): Promise<string> {
    const { core, config } = this.services;
    const source = Readable.from([content]);
    return (await storeFile(core, this.origin(), { name, mediaType }, source, config.MAX_UPLOAD)).fileId;
  }
}

/** As the original, which has one word for everything. @throws what is nobody's mistake */
const closeCodeOf = (error: unknown): number => {
  if (error instanceof Refused && error.code === 'signed-out') return CLOSE.signedOut;
  if (error instanceof BadFrame || error instanceof Refused || error instanceof ZodError) return CLOSE.internal;
  if (error instanceof TooLarge) return TOO_BIG;
  throw error;
};

class GroupSocket extends ChatSocket {
  readonly #group: ConversationDoc;

  constructor(services: Services, hub: Hub, protocol: Protocol, identity: Identity, group: ConversationDoc) {
    super(services, hub, protocol, identity);
    this.#group = group;
  }

  protected override async listen(subscriber: Subscriber): Promise<void> {
    if (!(await this.hub.watch(subscriber, this.#group.id))) throw new Refused('conversation-unknown');
  }

  /** Clients write in any public group they know of: who does joins it, as anyone may. */
  protected override async say(said: Said, connection: Connection): Promise<void> {
    const { id } = this.#group;
    if (this.#group.public && !this.hub.mayWrite(connection.subscriber!, id))
      await join(this.services.core, this.origin(), { conversationId: id });
    await this.send(id, said, connection.frameAt);
  }
}

class PrivateSocket extends ChatSocket {
  protected override readonly isLenient: boolean = true;
  readonly #name: string;
  #named: Named;

  constructor(services: Services, hub: Hub, protocol: Protocol, identity: Identity, name: string, named: Named) {
    super(services, hub, protocol, identity);
    this.#name = name;
    this.#named = named;
  }

  protected override async listen(subscriber: Subscriber): Promise<void> {
    if (this.#named.kind === 'chat') await this.hub.watch(subscriber, this.#named.conversationId);
    else await this.hub.watchSlug(subscriber, this.#name);
  }

  protected override async say(said: Said, { frameAt }: Connection): Promise<void> {
    const { core, queries } = this.services;
    const recipient = said.recipient && (await personOf(queries, said.recipient));
    if (!recipient) throw new BadFrame();
    const { user } = this.identity;
    // Meanwhile the other one may have written first.
    if (this.#named.kind === 'free') this.#named = await privateChatNamed(this.services, this.#name, user);
    const conversationId = directChatId(user.userId, recipient.id);
    if (this.#named.kind === 'of-others') throw new Refused('conversation-unknown');
    if (this.#named.kind === 'chat' && this.#named.conversationId !== conversationId) throw new BadFrame();
    const isNew = this.#named.kind === 'free' || !this.#named.isThere;
    if (isNew) await startDirectChat(core, this.origin(), { userId: recipient.id });
    if (this.#named.kind === 'free') await this.#nameIt(conversationId);
    this.#named = { kind: 'chat', conversationId, isThere: true };
    await this.send(conversationId, said, frameAt);
  }

  /** The name is the chat's once the views know it: whoever looks for it next finds it. */
  async #nameIt(conversationId: string): Promise<void> {
    const { core, progress } = this.services;
    const { position } = await giveSlug(core, this.origin(), { conversationId, slug: this.#name });
    await progress.reached(position, VIEW_WAIT);
  }
}

/** Bytes of the largest file in base64, with room for what stands around it. */
const maxPayloadFor = (maxUpload: number): number => Math.ceil(maxUpload / 3) * 4 + 256 * 1024;

export const nargilSockets = (services: Services, hub: Hub, prefix: string): readonly SocketMount[] => {
  const { config, core, queries } = services;
  const scheme = nargilScheme(services);
  const at = { local: (path: string) => prefix + path, tokens: core.tokens };
  const group = groupProtocol(at);
  const privateChat = privateProtocol(at);
  const maxPayload = maxPayloadFor(config.MAX_UPLOAD);

  type Admit = SocketMount['admit'];
  const admitting =
    (admit: (identity: Identity, name: string) => Promise<RawResponse | SocketHandler>): Admit =>
    async ({ headers, params }) => {
      try {
        const identity = await scheme.identify(headers);
        return identity === undefined ? DENIED : await admit(identity, params.name!);
      } catch (error) {
        if (error instanceof ApiError) return error.status === 401 ? DENIED : { status: error.status };
        throw error;
      }
    };

  return [
    {
      path: `${prefix}/cht/ws/chat/:name`,
      maxPayload,
      admit: admitting(async (identity, slug) => {
        const found = await groupNamed(queries, slug, identity.user.userId);
        return found ? new GroupSocket(services, hub, group, identity, found) : DENIED;
      }),
    },
    {
      path: `${prefix}/cht/ws/private_chat/:name`,
      maxPayload,
      admit: admitting(async (identity, name) => {
        const named = await privateChatNamed(services, name, identity.user);
        if (named.kind === 'of-others' || (named.kind === 'free' && !isPrivateName(name))) return DENIED;
        return new PrivateSocket(services, hub, privateChat, identity, name, named);
      }),
    },
  ];
};
