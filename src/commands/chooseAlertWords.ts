// Chooses the words that an account wants to be told of.

import { z } from 'zod';
import { chooseAlertWords as decide, MOST_WORDS } from '../domain/alertWords.ts';
import { LIMITS } from '../domain/limits.ts';
import { users } from '../domain/user.ts';
import { command, existing } from './command.ts';
import { oneLine, requiredText } from './fields.ts';

export const chooseAlertWords = command({
  input: z.strictObject({
    words: z
      .array(oneLine(requiredText(LIMITS.words)))
      .max(MOST_WORDS)
      .describe(
        'All of them, each a word or a few. None: you are told of nothing. Letter case and diacritics do not matter.',
      ),
  }),
  refuses: ['text-blank', 'user-unknown'],
  target: (_, { actorId }) => existing(users, actorId),
  carryOut: (core, meta, { words }, { actor: { userId } }) =>
    core.ledger.transact(users, userId, meta, (user) => decide(user, words)),
});
