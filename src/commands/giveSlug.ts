// Gives a conversation a unique word by which it can be found.

import { conversations, giveSlug as decide, writable } from '../domain/conversation.ts';
import type { Meta } from '../domain/events.ts';
import { claiming } from './claims.ts';
import { actorOf, type Core, type Done } from './core.ts';

/** @throws Refused `slug-taken`, `conversation-unknown`, `not-a-member` */
export const giveSlug = async (core: Core, meta: Meta, conversationId: string, slug: string): Promise<Done> => {
  const actor = await actorOf(core, meta);
  writable(await core.ledger.load(conversations, conversationId), actor);
  const wanted = [{ kind: 'slug', name: slug, field: 'slug' }] as const;
  return claiming(core, meta, conversationId, wanted, (claimed) =>
    core.ledger.transact(conversations, conversationId, meta, (state) => decide(writable(state, actor), slug, claimed)),
  );
};
