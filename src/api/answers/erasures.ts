// Requests to erase.

import { z } from 'zod';
import { erasable } from '../../domain/events.ts';
import { at, id, text } from '../answerFields.ts';

export const Erasure = z
  .strictObject({
    id: id('Of what is erased.'),
    kind: z.enum(erasable).describe('What is erased. desk: the visitor of a desk.'),
    requestedAt: at('When somebody asked for it.'),
    by: id('Of the user who asked; null: the command line.').nullable(),
    dueAt: at('Until then it can be taken back.'),
    standing: z.enum(['requested', 'started', 'certified']).describe('How far it is. certified: all is destroyed.'),
    certificate: text(
      'A signed JWT: what was destroyed, when, and where the server looked. Null: not yet.',
      'eyJh…',
    ).nullable(),
  })
  .describe('A request to erase.');

export const Deletion = z
  .strictObject({
    erasure: Erasure.nullable().describe('Null: nothing is erased.'),
    remains: text('What the server still has.', 'Your messages stay.'),
  })
  .describe('What became of the account.');
