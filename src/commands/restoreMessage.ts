// Brings back a message that the same user has removed.

import { z } from 'zod';
import { restoreMessage as decide } from '../domain/changedMessage.ts';
import { changeMessage, ofMessage, targetOf } from './changedMessage.ts';
import { command } from './command.ts';

export const restoreMessage = command({
  input: z.strictObject(ofMessage),
  scope: 'manage',
  refuses: ['conversation-unknown', 'message-unknown', 'message-removed', 'not-yours', 'too-late'],
  target: targetOf,
  carryOut: (core, meta, wish, made) => changeMessage(core, meta, wish, made, decide),
});
