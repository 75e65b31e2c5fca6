// Follows a thread, also one that nobody has answered in yet.

import { z } from 'zod';
import { followThread as decide } from '../domain/following.ts';
import { ids } from './fields.ts';
import { threadCommand } from './threadCommand.ts';

export const followThread = threadCommand(
  z.strictObject({ conversationId: ids.conversation, messageId: ids.message }),
  async (_, __, of) => (following) => decide(following, of),
);
