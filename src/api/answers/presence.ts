// Who is there.

import { z } from 'zod';
import { presenceStates } from '../../presence/states.ts';
import { at, id, text } from '../answerFields.ts';

export const Status = z
  .strictObject({
    text: text('As they put it.', 'In a meeting'),
    emoji: text('Null: none.', '📅').nullable(),
    endsAt: at('It is gone from then on. Null: when they take it back.').nullable(),
  })
  .describe('What somebody says of the present.');

export const Presence = z
  .strictObject({
    userId: id('Of the account.'),
    state: z
      .enum(presenceStates)
      .describe('online: at a device. away: at none of those that are connected. dnd: asks not to be disturbed.'),
    status: Status.nullable().describe('Null: none.'),
  })
  .describe('Whether somebody is there.');
