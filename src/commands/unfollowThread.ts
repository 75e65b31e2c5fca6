// Leaves a thread, until the account follows it or writes in it again.

import { z } from 'zod';
import { unfollowThread as decide } from '../domain/following.ts';
import { ids } from './fields.ts';
import { threadCommand } from './threadCommand.ts';

export const unfollowThread = threadCommand(
  z.strictObject({ conversationId: ids.conversation, messageId: ids.message }),
  async (_, __, of) => (following) => decide(following, of),
);
