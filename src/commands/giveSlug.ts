// Gives a conversation a unique word by which it can be found.

import { z } from 'zod';
import { conversations, giveSlug as decide, permitted } from '../domain/conversation.ts';
import { claiming } from './claims.ts';
import { command, existing } from './command.ts';
import { actorOf } from './core.ts';

export const GiveSlug = z.strictObject({ conversationId: z.string(), slug: z.string() });

/** @throws Refused `slug-taken`, `conversation-unknown`, `not-a-member` */
export const giveSlug = command({
  input: GiveSlug,
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, slug }) => {
    const actor = await actorOf(core, meta);
    permitted(await core.ledger.load(conversations, conversationId), actor, 'write');
    const wanted = [{ kind: 'slug', name: slug, field: 'slug' }] as const;
    return claiming(core, meta, conversationId, wanted, (claimed) =>
      core.ledger.transact(conversations, conversationId, meta, (state) =>
        decide(permitted(state, actor, 'write'), slug, claimed),
      ),
    );
  },
});
