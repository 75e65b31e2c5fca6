// Keeps a message among the bookmarks of an account.

import { z } from 'zod';
import { bookmarks, bookmarkMessage as decide } from '../domain/bookmarks.ts';
import { saidId, saidMessages } from '../domain/saidMessage.ts';
import { command, existing } from './command.ts';
import { asOf } from './core.ts';
import { askedOf, messageFields } from './messageWish.ts';

export const bookmarkMessage = command({
  input: z.strictObject(messageFields),
  scope: 'write',
  refuses: ['conversation-unknown', 'message-unknown', 'message-removed', 'too-many-bookmarks'],
  target: (_, { actorId }) => existing(bookmarks, actorId),
  carryOut: async (core, meta, wish, { id, actor }) => {
    const asked = await askedOf(core, wish, actor);
    const [, , sent] = asked;
    // A message that is not there has no stream to look at.
    const said = sent ? await core.ledger.load(saidMessages, saidId(wish), asOf(core)) : saidMessages.initial();
    return core.ledger.transact(bookmarks, id, meta, (kept) => decide(kept, said, ...asked));
  },
});
