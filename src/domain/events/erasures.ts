// Events of what is to be erased.

import { z } from 'zod';
import { count, id, text } from './fields.ts';

/** What can be erased. `desk`: the visitor of a desk without an account. */
export const erasable = ['person', 'desk', 'message', 'file'] as const;
export type Erasable = (typeof erasable)[number];

export const erasureEvents = {
  // erasure-<id of what is erased>
  /**
   * `inConversationId`: of a message. `by`: null: the command line. Until `dueAt` it can be taken back. `epoch`: of one's own
   * account when the sign-in that asks was checked.
   */
  ErasureRequested: z.object({
    targetId: id,
    kind: z.enum(erasable),
    inConversationId: id.nullable(),
    by: id.nullable(),
    dueAt: z.iso.datetime(),
    epoch: count.optional(),
  }),
  ErasureWithdrawn: z.object({ targetId: id, by: id.nullable() }),
  /** From here on nobody takes it back. */
  ErasureStarted: z.object({ targetId: id }),
  /** Every key is destroyed. `keys`: their names. `certificate`: a signed JWT. */
  ErasureCertified: z.object({ targetId: id, keys: z.array(text), certificate: text }),
} as const;
