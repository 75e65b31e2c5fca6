// Gives a conversation a slug: a unique name in addresses.

import { z } from 'zod';
import { conversations, giveSlug as decide, permitted } from '../domain/conversation.ts';
import { claiming } from './claims.ts';
import { command, existing } from './command.ts';
import { ids, slug } from './fields.ts';

export const giveSlug = command({
  input: z.strictObject({ conversationId: ids.conversation, slug }),
  scope: 'manage',
  refuses: ['slug-taken', 'conversation-unknown', 'not-a-member'],
  target: ({ conversationId }) => existing(conversations, conversationId),
  carryOut: async (core, meta, { conversationId, slug }, { actor }) => {
    permitted(await core.ledger.load(conversations, conversationId), actor, 'write');
    const wanted = [{ kind: 'slug', name: slug, field: 'slug' }] as const;
    return claiming(core, meta, conversationId, wanted, (claimed) =>
      core.ledger.transact(conversations, conversationId, meta, (state) =>
        decide(permitted(state, actor, 'write'), slug, claimed),
      ),
    );
  },
});
