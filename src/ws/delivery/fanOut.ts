// Follows the log and sends each event to its subscribers, in order.
//
// Making a frame may take time. The fan-out chooses the receivers only after that, without a pause before the write, so no
// user receives what they may no longer read.

import { knownOf, mustBeKnown } from '../../domain/codec.ts';
import { conversationIdOf, isOfMessages, userIdOf } from '../../domain/streams.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import { CLOSE, type Protocol } from '../protocol.ts';
import { affectedUsers, endsSignIn, isDeparture, type Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import type { FrameCache, Frames } from './frameCache.ts';
import type { LogDocuments } from './logDocuments.ts';

/** Characters of messages that leave in one write. */
const BURST = 64 * 1024;

/** `learn`: adds a watcher to a conversation, with the facts of the conversation. */
export const createFanOut = (
  { decode, metrics, startHead }: Pick<Services, 'decode' | 'metrics' | 'startHead'>,
  subscriptions: Subscriptions,
  documents: LogDocuments,
  { withFrames }: FrameCache,
  learn: (subscriber: Subscriber, conversationId: string) => Promise<void>,
) => {
  let position = startHead;

  /**
   * Sends each subscriber, in one write, the frames that its history did not have. A sink that overflows takes the whole
   * write, then tells its client to resume after `position`, so `position` moves first. @returns the number of receivers
   */
  const send = (
    run: readonly Recorded[],
    receivers: Iterable<readonly [Protocol, Iterable<Subscriber>]>,
    frames: Frames,
  ): number => {
    position = run.at(-1)!.position;
    let sent = 0;
    for (const [protocol, subscribers] of receivers) {
      const made = frames.get(protocol)!;
      const whole = Buffer.concat(made);
      for (const { cursor, sink, principal } of subscribers) {
        const hadNone = cursor < run[0]!.position;
        const rest = hadNone ? whole : Buffer.concat(made.filter((_, i) => cursor < run[i]!.position));
        if (rest.length === 0) continue;
        principal.received = position;
        sink.write(rest);
        sent++;
      }
    }
    return sent;
  };

  const sendMessages = (conversationId: string, run: readonly Recorded[]): Promise<void> => {
    const receivers = () => subscriptions.subscribersOf(conversationId);
    const protocols = () => receivers().keys();
    return withFrames(run, protocols, (frames) => {
      if (send(run, receivers(), frames) > 0) for (const recorded of run) metrics.pushed(decode(recorded).at);
    });
  };

  /** A member receives the event that adds them first, and the event that removes them last. */
  const sendChange = async (recorded: Recorded, conversationId: string): Promise<void> => {
    const event = decode(recorded);
    const waiting = subscriptions.waitingFor(event);
    const isAffected = affectedUsers(event).some((userId) => subscriptions.principals.has(userId));
    if (!isAffected && waiting === undefined && !subscriptions.has(conversationId)) return;
    if (event.type === 'SlugGiven') for (const one of waiting ?? []) await learn(one, conversationId);
    const protocols = () => subscriptions.protocols;
    await withFrames([recorded], protocols, (frames) => {
      position = recorded.position;
      if (!isDeparture(event)) subscriptions.apply(event);
      const former = subscriptions.formerSubscribers(event, conversationId);
      const toFormer = former.map((subscriber) => [subscriber.protocol, [subscriber]] as const);
      send([recorded], [...subscriptions.subscribersOf(conversationId), ...toFormer], frames);
      if (isDeparture(event)) subscriptions.apply(event);
    });
  };

  /** Takes an event that is not about a conversation: of rights, sign-ins, names. */
  const takeAccount = (recorded: Recorded): void => {
    const { stream, type } = recorded;
    documents.apply(recorded);
    const userId = userIdOf(stream) ?? '';
    if (type !== 'SessionClosed' && !subscriptions.principals.has(userId)) return;
    const event = decode(recorded);
    subscriptions.apply(event);
    const principal = subscriptions.principals.get('userId' in event.data ? event.data.userId : '');
    for (const subscriber of principal?.subscribers ?? [])
      if (endsSignIn(event, subscriber)) {
        subscriber.sink.end(CLOSE.signedOut);
        subscriptions.remove(subscriber);
      }
  };

  return {
    get position(): number {
      return position;
    },

    /**
     * Sends a batch of the log. After an error, the same batch continues behind what was sent.
     * @throws Unavailable; Unreadable at an event of a newer version, after all events before it are sent
     */
    take: async (batch: readonly Recorded[]): Promise<void> => {
      const known = knownOf(batch);
      for (let i = 0; i < known.length; ) {
        const recorded = known[i]!;
        const conversationId = conversationIdOf(recorded.stream);
        let taken = 1;
        if (recorded.position > position) {
          if (conversationId === undefined) takeAccount(recorded);
          else if (!isOfMessages(recorded.stream)) await sendChange(recorded, conversationId);
          else if (subscriptions.has(conversationId)) {
            const run = runFrom(known, i);
            await sendMessages(conversationId, run);
            taken = run.length;
          }
          position = known[i + taken - 1]!.position;
        }
        i += taken;
      }
      if (known.length < batch.length) mustBeKnown(batch[known.length]!);
    },
  };
};

/** The events from `start` on, as far as they belong to one stream, up to a burst. */
const runFrom = (events: readonly Recorded[], start: number): readonly Recorded[] => {
  const { stream } = events[start]!;
  let end = start;
  for (let chars = 0; events[end]?.stream === stream && chars < BURST; end++) chars += events[end]!.data.length;
  return events.slice(start, end);
};
