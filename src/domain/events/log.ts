// Events of the log itself: where it came from, and its seals.

import { z } from 'zod';
import { count, id, number, text } from './fields.ts';

/** The format of logs: how events are chained, and how their private parts are encrypted. */
export const LOG_FORMAT = 1;

export const logEvents = {
  // log
  /** `format`: of the whole log. */
  LogBegun: z.object({ logId: id, format: z.literal(LOG_FORMAT) }),
  /** `from`: the copied log. `marks`: pairs of positions, in that log and in this one, rising. */
  LogCopied: z.object({ logId: id, from: id, marks: z.array(z.tuple([z.int(), z.int()])) }),
  /** `from`: the log that was backed up. `upTo`: the last position that both logs share. */
  LogRestored: z.object({ logId: id, from: id, upTo: z.int() }),
  // seals
  /** `x`: a public key (Ed25519) that signs from here on, in base64url. `kid`: its thumbprint (RFC 7638). */
  SealKeyAdded: z.object({ kid: text, x: text }),
  /**
   * A Merkle tree (RFC 9162) over the hashes of the first `size` events, the last of them at `upTo` of the log `logId`. `peaks`: what it
   * needs to grow. `tiles`: the complete subtrees of 256 leaves, and of 256 of those, since the seal before; each ends at
   * its `upTo`. Hashes are in base64url. `jws` signs logId, size, root and at.
   */
  LogSealed: z.object({
    logId: id,
    size: count,
    root: text,
    upTo: z.int(),
    peaks: z.array(text),
    tiles: z.array(z.object({ level: number, index: count, root: text, upTo: z.int() })),
    kid: text,
    jws: text,
  }),
  /** An operator took the log as it was, although it did not fit the last seal, which had `sealed` events. Null: nobody knew one. */
  LogAccepted: z.object({ sealed: count.nullable(), why: text }),
} as const;
