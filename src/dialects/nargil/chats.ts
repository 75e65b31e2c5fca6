// The two kinds of chat behind a socket: what the socket receives, and which conversation its messages go to.

import type { Identity } from '../../commands/authenticate.ts';
import type { Origin } from '../../commands/context.ts';
import { join } from '../../commands/join.ts';
import { startDirectChat } from '../../commands/startDirectChat.ts';
import { startNamedChat } from '../../commands/startNamedChat.ts';
import { check } from '../../domain/access.ts';
import { readerOf } from '../../domain/accessFacts.ts';
import { conversations } from '../../domain/conversation.ts';
import { directChatId } from '../../domain/ids.ts';
import { Refused } from '../../domain/refused.ts';
import { accountOf } from '../../domain/user.ts';
import type { Services } from '../../services.ts';
import type { Hub, Subscriber } from '../../ws/hub.ts';
import { pushedIsVisible } from '../shared/pushed.ts';
import { BadFrame } from './frames.ts';
import { groupNamed } from './groups.ts';
import { personOf } from './identities.ts';
import { isPrivateName, meaningOf, pairsIn } from './privateChats.ts';

/** The user at the socket. */
export interface Speaker {
  readonly services: Services;
  readonly hub: Hub;
  readonly identity: Identity;
  origin(): Origin;
}

interface Destination {
  readonly conversationId: string;
  enter(): Promise<void>;
}

export interface Chat {
  /** Ignores every empty frame. */
  readonly isLenient: boolean;
  listen(subscriber: Subscriber): Promise<void>;
  /**
   * The conversation that a message goes to. `enter`: the speaker joins or starts it where needed. Call it last, so that a message
   * which is refused changes nothing.
   */
  conversationFor(recipient: string | undefined, subscriber: Subscriber): Promise<Destination>;
}

/** Finds the chat of the name in a socket's path; undefined: the speaker may not enter. */
export type Enter = (speaker: Speaker, name: string) => Promise<Chat | undefined>;

export const enterGroup: Enter = async ({ services, hub, identity, origin }, slug) => {
  const group = await groupNamed(services, slug, identity.user.userId);
  return (
    group && {
      isLenient: false,
      listen: async (subscriber) => {
        if (!(await hub.watch(subscriber, group.id))) throw new Refused('conversation-unknown');
      },
      // Clients write in any public group: the user joins it, as anyone may, if its members may write.
      conversationFor: async (_, subscriber) => ({
        conversationId: group.id,
        enter: async () => {
          if (!group.public || hub.belongs(subscriber, group.id)) return;
          const { policy } = await services.core.ledger.load(conversations, group.id);
          check(readerOf(accountOf(identity.user), 'member'), 'write', { ...group, policy });
          await join(services.core, origin(), { conversationId: group.id });
        },
      }),
    }
  );
};

export const enterPrivateChat: Enter = async ({ services, hub, identity: { user }, origin }, name) => {
  const { core, queries, progress } = services;
  let meaning = await meaningOf(services, name, user);
  let isStarted = false;
  if (meaning === 'of-others' || (meaning === 'free' && !isPrivateName(name))) return undefined;

  const start = async (userId: string, conversationId: string): Promise<void> => {
    if (meaning === 'free') {
      const { position } = await startNamedChat(core, origin(), { userId, slug: name });
      // Once the views have the slug, both users find the chat by it.
      await progress.reached(position);
    } else await startDirectChat(core, origin(), { userId });
    meaning = { conversationId };
    isStarted = true;
  };

  return {
    isLenient: true,
    listen: async (subscriber) => {
      if (typeof meaning === 'object') {
        await hub.watch(subscriber, meaning.conversationId);
        return;
      }
      await hub.watchSlug(subscriber, name);
      // Somebody may register with such a username, or take it, while the socket is open: the user, too.
      await Promise.all(pairsIn(name).map((pair) => hub.watchPair(subscriber, pair)));
    },
    conversationFor: async (recipient, subscriber) => {
      await pushedIsVisible(services, user.userId);
      const person = recipient && (await personOf(queries, recipient));
      if (!person) throw new BadFrame();
      const conversationId = directChatId(user.userId, person.id);
      if (meaning === 'free') {
        // The other user may have written first since this socket opened, or registered: then no slug will come.
        meaning = await meaningOf(services, name, user);
        if (typeof meaning === 'object') await hub.watch(subscriber, meaning.conversationId);
      }
      if (meaning !== 'free' && (meaning === 'of-others' || meaning.conversationId !== conversationId))
        throw new BadFrame();
      return {
        conversationId,
        enter: async () => {
          if (!isStarted) await start(person.id, conversationId);
        },
      };
    },
  };
};
