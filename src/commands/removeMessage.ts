// Removes a message: its sender takes it back, or a moderator takes it away, or an admin, also where the admin may not read.

import { z } from 'zod';
import { removeMessage as decide } from '../domain/changedMessage.ts';
import { changeMessage } from './changedMessage.ts';
import { command } from './command.ts';
import { messageFields, saidTarget } from './messageWish.ts';

export const removeMessage = command({
  input: z.strictObject(messageFields),
  scope: 'manage',
  refuses: ['conversation-unknown', 'message-unknown', 'not-yours', 'too-late'],
  target: saidTarget,
  carryOut: (core, meta, wish, made) => changeMessage(core, meta, wish, made, decide),
});
