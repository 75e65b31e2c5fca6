// Events of a stored file.

import { z } from 'zod';
import { count, id, number, text } from './fields.ts';

export const fileEvents = {
  // file-<id>
  FileStored: z.object({
    fileId: id,
    number,
    ownerId: id.nullable(),
    hash: text,
    size: count,
    mediaType: text,
    name: text,
    /** SHA-256 of what was stored, in hex. `hash` is that of its encrypted form, which lies in the store. */
    contentHash: text.optional(),
    /** Base64url. Missing: it was destroyed. */
    contentKey: text.optional(),
  }),
  /** Recorded before the first message or picture with the file: from here on nobody discards it. */
  FileUsed: z.object({ fileId: id }),
  /** Of a file that nobody used: its content may be removed from here on. */
  FileDiscarded: z.object({ fileId: id, ownerId: id.nullable(), size: count }),
  /** `key`: as of `MessageErased`. */
  FileErased: z.object({ fileId: id, ownerId: id.nullable(), size: count, key: text, by: id.nullable() }),
} as const;
