// Stored files.

import { z } from 'zod';
import { at, count, flag, id, number, text } from '../answerFields.ts';

const fileRef = {
  id: id('Of the file.'),
  name: text('As the sender said.', 'cat.png'),
  mediaType: text('As the sender said; not how it is served.', 'image/png'),
  size: count('Bytes.', 48_213),
  erased: flag('Its content and its name are gone for ever.'),
};
export const FileRef = z.strictObject(fileRef).describe('The file that a message carries.');
export const File = z
  .strictObject({
    ...fileRef,
    number,
    ownerId: id('Of the user who stored it; null: no account did.').nullable(),
    at: at('When it was stored.'),
  })
  .describe('What is known of a stored file.');
