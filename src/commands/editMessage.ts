// Gives one's own message another text.

import { z } from 'zod';
import { editMessage as decide } from '../domain/changedMessage.ts';
import { LIMITS } from '../domain/limits.ts';
import { changeMessage } from './changedMessage.ts';
import { command } from './command.ts';
import { text } from './fields.ts';
import { messageFields, saidTarget } from './messageWish.ts';

export const editMessage = command({
  input: z.strictObject({
    ...messageFields,
    text: text(LIMITS.text).describe('What the message says from now on. Empty: the file says it.'),
  }),
  scope: 'write',
  refuses: [
    'conversation-unknown',
    'edited-too-often',
    'message-empty',
    'message-removed',
    'message-unknown',
    'not-a-member',
    'not-yours',
    'read-only',
    'too-late',
  ],
  costs: { sends: 1 },
  target: saidTarget,
  carryOut: (core, meta, wish, made) =>
    changeMessage(core, meta, wish, made, (said, wanted) => decide(said, wanted, wish.text)),
});
