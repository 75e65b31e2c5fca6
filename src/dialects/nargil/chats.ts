// The chat behind a socket: what the socket hears, and which conversation its messages go to.

import type { Identity } from '../../commands/authenticate.ts';
import type { Origin } from '../../commands/context.ts';
import { giveSlug } from '../../commands/giveSlug.ts';
import { join } from '../../commands/join.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { directChatId } from '../../domain/ids.ts';
import { Refused } from '../../domain/refused.ts';
import type { ConversationDoc } from '../../projections/conversations.ts';
import { type Services, VIEW_WAIT } from '../../services.ts';
import type { Connection } from '../../ws/connection.ts';
import type { Hub, Subscriber } from '../../ws/hub.ts';
import type { Protocol } from '../../ws/protocol.ts';
import { BadFrame, type Said } from './frames.ts';
import { personOf } from './identities.ts';
import { type Named, privateChatNamed } from './privateChats.ts';

export interface Chat {
  readonly protocol: Protocol;
  /** Frames with nothing in them are ignored. */
  readonly isLenient: boolean;
  listen(subscriber: Subscriber): Promise<void>;
  /** The conversation that a message goes to, which the speaker joins or starts where needed. */
  conversationFor(said: Said, connection: Connection): Promise<string>;
}

/** The user at the socket. */
export interface Speaker {
  readonly services: Services;
  readonly hub: Hub;
  readonly identity: Identity;
  origin(): Origin;
}

export const groupChat = (speaker: Speaker, protocol: Protocol, group: ConversationDoc): Chat => ({
  protocol,
  isLenient: false,
  listen: async (subscriber) => {
    if (!(await speaker.hub.watch(subscriber, group.id))) throw new Refused('conversation-unknown');
  },
  /** Clients write in any public group: the user joins it, as anyone may. */
  conversationFor: async (_, { subscriber }) => {
    if (group.public && !speaker.hub.mayWrite(subscriber!, group.id))
      await join(speaker.services.core, speaker.origin(), { conversationId: group.id });
    return group.id;
  },
});

/** `found`: what `name` meant to the user when the socket was opened. */
export const privateChat = (speaker: Speaker, protocol: Protocol, name: string, found: Named): Chat => {
  const { services, hub, identity } = speaker;
  const { core, queries, progress } = services;
  let named = found;

  /** Waits for the views: from then on everybody finds the chat by its name. */
  const nameIt = async (conversationId: string): Promise<void> => {
    const { position } = await giveSlug(core, speaker.origin(), { conversationId, slug: name });
    await progress.reached(position, VIEW_WAIT);
  };

  return {
    protocol,
    isLenient: true,
    listen: async (subscriber) => {
      if (named.kind === 'chat') await hub.watch(subscriber, named.conversationId);
      else await hub.watchSlug(subscriber, name);
    },
    conversationFor: async ({ recipient }) => {
      const person = recipient && (await personOf(queries, recipient));
      if (!person) throw new BadFrame();
      // The other user may have written first since then.
      if (named.kind === 'free') named = await privateChatNamed(services, name, identity.user);
      const conversationId = directChatId(identity.user.userId, person.id);
      if (named.kind === 'of-others') throw new Refused('conversation-unknown');
      if (named.kind === 'chat' && named.conversationId !== conversationId) throw new BadFrame();
      if (named.kind === 'free' || !named.isThere) await startDirectChat(core, speaker.origin(), { userId: person.id });
      if (named.kind === 'free') await nameIt(conversationId);
      named = { kind: 'chat', conversationId, isThere: true };
      return conversationId;
    },
  };
};
