// Removes a message from the bookmarks of an account.

import { z } from 'zod';
import { bookmarks, removeBookmark as decide } from '../domain/bookmarks.ts';
import { command, existing } from './command.ts';
import { messageFields } from './messageWish.ts';

export const removeBookmark = command({
  input: z.strictObject(messageFields),
  scope: 'write',
  refuses: [],
  target: (_, { actorId }) => existing(bookmarks, actorId),
  carryOut: (core, meta, wish, { id }) => core.ledger.transact(bookmarks, id, meta, (kept) => decide(kept, wish)),
});
