// Finds the event of a message by its id. Messages are not folded, so the views say where it is, and the log what it says.

import { decode } from '../domain/codec.ts';
import type { Sent } from '../domain/saidMessage.ts';
import { streams } from '../domain/streams.ts';
import type { Progress } from '../projections/progress.ts';
import type { Queries } from '../projections/queries.ts';
import { type EventStore, Unavailable } from '../store/ports.ts';

/** Undefined: the conversation has no such message. @throws Unavailable while only the views could tell */
export type SentMessage = (conversationId: string, messageId: string) => Promise<Sent | undefined>;

export interface SentMessageOptions {
  readonly events: Pick<EventStore, 'readStream' | 'head'>;
  readonly queries: Pick<Queries, 'message'>;
  readonly progress: Pick<Progress, 'reached'>;
}

export const createSentMessage = ({ events, queries, progress }: SentMessageOptions): SentMessage => {
  /** Another process may have recorded it a moment ago. */
  const found = async (messageId: string) => {
    const known = await queries.message(messageId);
    if (known !== undefined) return known;
    if (!(await progress.reached(await events.head()))) throw new Unavailable('views');
    return queries.message(messageId);
  };

  return async (conversationId, messageId) => {
    const known = await found(messageId);
    if (known?.conversationId !== conversationId) return undefined;
    const [recorded] = await events.readStream(streams.messages(conversationId), { from: known.seq - 1, limit: 1 });
    const event = recorded && decode(recorded);
    if (event?.type !== 'MessageSent' || event.data.messageId !== messageId) return undefined;
    const gone = event.isClosed ? { isErased: true } : {};
    return { ...event.data, at: event.data.sentAt ?? event.at, seq: known.seq, ...gone };
  };
};
