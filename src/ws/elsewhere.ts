// Frames that nobody records, such as who is typing: to the sockets of this process and of all others.

import { z } from 'zod';
import { createSampler } from '../limits/sampler.ts';
import type { Services } from '../services.ts';
import type { Subscriber } from './subscribers/subscriber.ts';
import type { Subscriptions } from './subscribers/subscriptions.ts';
import { textFrame } from './textFrame.ts';

const Unrecorded = z.object({
  protocol: z.string(),
  conversationId: z.string(),
  /** Whose sockets do not receive it. */
  userId: z.string().nullable(),
  text: z.string(),
});
type Unrecorded = z.output<typeof Unrecorded>;

const parse = (told: string): Unrecorded | undefined => {
  try {
    return Unrecorded.parse(JSON.parse(told));
  } catch {
    // Of another version, which means something else by it.
    return undefined;
  }
};

export const createUnrecorded = (
  { ephemera, presence, log }: Pick<Services, 'ephemera' | 'presence' | 'log'>,
  subscriptions: Subscriptions,
) => {
  const sample = createSampler();

  const sendHere = ({ protocol, conversationId, userId, text }: Unrecorded): void => {
    const frame = textFrame(text);
    for (const [{ name }, subscribers] of subscriptions.subscribersOf(conversationId))
      if (name === protocol)
        for (const { principal, sink } of subscribers) if (principal.userId !== userId) sink.write(frame);
  };

  ephemera.listen(
    (told) => {
      if (presence.hear(told)) return;
      const heard = parse(told);
      if (heard !== undefined) sendHere(heard);
    },
    (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      const times = sample(reason);
      if (times !== undefined)
        log.warn({ reason, times }, 'other processes are not told who is typing or there, or not heard');
    },
  );

  /** Sends a frame to the other users that receive this conversation by the same protocol. */
  return ({ protocol: { name }, principal: { userId } }: Subscriber, conversationId: string, text: string): void => {
    const unrecorded = { protocol: name, conversationId, userId, text };
    sendHere(unrecorded);
    ephemera.tell(JSON.stringify(unrecorded));
  };
};
