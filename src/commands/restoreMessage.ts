// Brings back a message that the same user has removed.

import { z } from 'zod';
import { restoreMessage as decide } from '../domain/changedMessage.ts';
import { changeMessage } from './changedMessage.ts';
import { command } from './command.ts';
import { messageFields, saidTarget } from './messageWish.ts';

export const restoreMessage = command({
  input: z.strictObject(messageFields),
  scope: 'manage',
  refuses: ['conversation-unknown', 'message-unknown', 'message-removed', 'not-yours', 'too-late'],
  target: saidTarget,
  carryOut: (core, meta, wish, made) => changeMessage(core, meta, wish, made, decide),
});
