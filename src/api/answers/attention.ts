// What a user has not read, and the words that a user is told of.

import { z } from 'zod';
import { count, flag, id, text } from '../answerFields.ts';

const unread = count('Messages that you have not read, as in the conversation.', 2);
const mentions = count('Those of them that call you.', 1);
export const Unread = z
  .strictObject({
    unread,
    mentions,
    items: z
      .array(z.strictObject({ conversationId: id('Of the conversation.'), unread, mentions }))
      .describe('The conversations with unread messages, those that you joined last first.'),
    complete: flag('All your conversations were counted. Else: the 1,000 that you joined last.'),
  })
  .describe('What you have not read.');

export const AlertWords = z
  .strictObject({
    words: z.array(text('As you wrote it.', 'deploy')).describe('Nobody else sees them.'),
  })
  .describe('The words that you are told of.');
