// Follows the log and sends each event to its subscribers, in order.
//
// Making a frame may take time. The fan-out chooses the receivers only after that, without a pause before the write, so no
// user receives what they may no longer read. Nor is there a pause between the choice and the move of `position`, so
// whoever goes live either receives the event or begins behind it.

import { knownOf, mustBeKnown } from '../../domain/codec.ts';
import { conversationIdOf, isOfMessages, messageIdOf, userIdOf } from '../../domain/streams.ts';
import type { Services } from '../../services.ts';
import type { Recorded } from '../../store/ports.ts';
import { CLOSE, type Protocol } from '../protocol.ts';
import type { Acquaintances } from '../subscribers/acquaintances.ts';
import { mayNameAccount } from '../subscribers/awaitedNames.ts';
import { endsSubscriber } from '../subscribers/signIn.ts';
import { affectedUsers, isDeparture, isPersonal, type Principal, type Subscriber } from '../subscribers/subscriber.ts';
import type { Subscriptions } from '../subscribers/subscriptions.ts';
import { joined } from '../textFrame.ts';
import { alertsOf } from './alerts.ts';
import type { EarlierMessages } from './earlierMessages.ts';
import type { Fates } from './fates.ts';
import type { FrameCache } from './frameCache.ts';
import type { LogDocuments } from './logDocuments.ts';

/** What quotes show may be another after these. */
const changingQuotes: ReadonlySet<string> = new Set([
  'MessageEdited',
  'MessageRemoved',
  'MessageRestored',
  'PolicySet',
]);
/** Characters of messages that leave in one write. */
const BURST = 64 * 1024;

/** Which frame of an event a receiver is sent. Undefined: the usual one. */
type Told = 'seen' | undefined;

/** The frames of a run, for one protocol. */
type Framed = ReadonlyMap<Told, readonly Buffer[]>;

/** `learn`: adds a watcher to a conversation, with the facts of the conversation. */
export const createFanOut = (
  {
    events,
    decode,
    metrics,
    presence,
    startHead,
  }: Pick<Services, 'events' | 'decode' | 'metrics' | 'presence' | 'startHead'>,
  subscriptions: Subscriptions,
  documents: LogDocuments,
  frames: FrameCache,
  fates: Pick<Fates, 'passed'>,
  earlier: Pick<EarlierMessages, 'passed' | 'messageAt'>,
  acquaintances: Omit<Acquaintances, 'among' | 'isTold'>,
  learn: (subscriber: Subscriber, conversationId: string) => Promise<void>,
) => {
  let position = startHead;
  /** The generation of the frames before the events in hand were read: what was erased since is still open in them. */
  let openSince = frames.generation;

  const framesOf = async (protocol: Protocol, run: readonly Recorded[], variants: readonly Told[]): Promise<Framed> => {
    const framed = new Map<Told, readonly Buffer[]>();
    for (const variant of variants) {
      const made: Buffer[] = [];
      for (const recorded of run) made.push((await frames.frameOf(protocol, recorded, variant)).frame);
      framed.set(variant, made);
    }
    return framed;
  };

  /**
   * Makes the frames of `run`. Then, without a pause, sends each receiver in one write those that it did not catch up on.
   * A sink that overflows takes the whole write, then tells its client to resume after `position`, so `position` moves
   * first. @returns the number of receivers
   */
  const send = async (
    run: readonly Recorded[],
    protocols: () => Iterable<Protocol>,
    receivers: () => Iterable<readonly [Protocol, Iterable<Subscriber>, variant?: Told]>,
    variants: readonly Told[] = [undefined],
  ): Promise<number> => {
    const framed = new Map<Protocol, Framed>();
    let [open, generation] = [run, openSince];
    // While frames are made, something may be erased, and a subscriber of another protocol may come. So the last look at both is
    // here: in a function of its own, a pause would follow it.
    for (;;) {
      if (generation !== frames.generation) {
        framed.clear();
        ({ generation } = frames);
        open = await events.openAll(run);
        continue;
      }
      const missing = [...protocols()].find((one) => !framed.has(one));
      if (missing === undefined) break;
      framed.set(missing, await framesOf(missing, open, variants));
    }
    position = run.at(-1)!.position;
    let sent = 0;
    const alertOf = alertsOf(decode);
    for (const [protocol, subscribers, variant] of receivers()) {
      const usual = framed.get(protocol)!.get(variant)!;
      const toAll = { made: usual, whole: joined(usual) };
      // The sockets of an account share the bytes, as all sockets without alerts do: they may wait for slow clients.
      const toAlerted = new Map<Principal, typeof toAll>();
      const framesFor = (principal: Principal): typeof toAll => {
        if (principal.alertWords === undefined) return toAll;
        const known = toAlerted.get(principal);
        if (known !== undefined) return known;
        const alerts = open.map((recorded) => alertOf(protocol, principal, recorded));
        const made = usual.map((frame, i) => joined([frame, alerts[i]!]));
        const own = alerts.every(({ length }) => length === 0) ? toAll : { made, whole: joined(made) };
        toAlerted.set(principal, own);
        return own;
      };
      for (const { cursor, sink, principal } of subscribers) {
        const { made, whole } = framesFor(principal);
        const hadNone = cursor < run[0]!.position;
        const rest = hadNone ? whole : joined(made.filter((_, i) => cursor < run[i]!.position));
        if (rest.length === 0) continue;
        principal.received = position;
        sink.write(rest);
        sent++;
      }
    }
    return sent;
  };

  /**
   * Nobody receives the event. Called without a pause after the look at who would: a subscriber that goes live afterwards
   * finds the position behind the event.
   */
  const skip = (recorded: Recorded): void => {
    position = recorded.position;
  };

  /** A member receives the event that adds them first, and the event that removes them last. */
  const sendChange = async (recorded: Recorded, conversationId: string): Promise<void> => {
    const event = decode(recorded);
    acquaintances.apply(event);
    const waiting = subscriptions.awaitedNames.givenBy(event);
    const isAffected = affectedUsers(event).some((userId) => subscriptions.principals.has(userId));
    if (!isAffected && waiting.length === 0 && !subscriptions.has(conversationId)) return skip(recorded);
    if (event.type === 'SlugGiven') for (const [one] of waiting) await learn(one, conversationId);
    const messageAt = await earlier.messageAt(recorded);
    const sees = (one: Subscriber): boolean =>
      (subscriptions.receivesFrom(one, conversationId) ?? Infinity) <= messageAt!;
    const receivers = () => {
      if (!isDeparture(event)) subscriptions.apply(event);
      const former = subscriptions.formerSubscribers(event, conversationId);
      const all = [
        ...subscriptions.subscribersOf(conversationId),
        ...former.map((one) => [one.protocol, [one]] as const),
      ];
      if (messageAt === undefined) return all;
      return all.map(([protocol, some]) => [protocol, [...some].filter(sees)] as const);
    };
    await send([recorded], () => subscriptions.protocols, receivers);
    if (isDeparture(event)) subscriptions.apply(event);
  };

  /** Takes an event that is not about a conversation: of rights, sign-ins, names, reading. */
  const takeAccount = async (recorded: Recorded): Promise<void> => {
    const { stream, type } = recorded;
    const userId = userIdOf(stream) ?? '';
    const isHeard = () => type === 'SessionClosed' || mayNameAccount(recorded) || subscriptions.principals.has(userId);
    // One that nobody can read ends the work before its position, not behind it.
    if (isHeard()) decode(recorded);
    if (type === 'UserDeleted') frames.forget();
    // Its user could not take the status back. A process that has yet to hear of the status does not take it later.
    if (type === 'UserDeleted' || type === 'UserSuspended') presence.setStatus(userId, null);
    if (isPersonal(recorded)) {
      const receivers = await acquaintances.receiversOf(recorded);
      const variants = type === 'MessagesRead' ? ([undefined, 'seen'] as const) : undefined;
      if (receivers().length === 0) skip(recorded);
      else await send([recorded], () => subscriptions.protocols, receivers, variants);
    }
    if (!isHeard()) return;
    const event = decode(recorded);
    subscriptions.apply(event);
    const principal = subscriptions.principals.get('userId' in event.data ? event.data.userId : '');
    for (const subscriber of principal?.subscribers ?? [])
      if (endsSubscriber(event, subscriber)) {
        subscriber.sink.end(CLOSE.signedOut);
        subscriptions.remove(subscriber);
      }
  };

  /** Frames that quote messages show them as they are now, to those who may read them now. */
  const outdateQuotes = ({ type, stream, position }: Recorded): void => {
    const changed = messageIdOf(stream) ?? conversationIdOf(stream);
    if (changed !== undefined && changingQuotes.has(type)) frames.outdateQuotes(changed, position);
  };

  return {
    get position(): number {
      return position;
    },

    /**
     * Sends events until `signal` aborts, from where the last call ended. Calls `onGoing` after each batch, and when there
     * is nothing to send. @throws Unavailable; Unreadable at an event of a newer version, after all events before it are sent
     */
    run: async (signal: AbortSignal, onGoing?: () => void): Promise<void> => {
      if (position >= (await events.head())) onGoing?.();
      openSince = frames.generation;
      for await (const batch of events.follow(position, signal)) {
        const known = knownOf(batch);
        for (let i = 0, run: readonly Recorded[]; i < known.length; i += run.length) {
          const recorded = known[i]!;
          const conversationId = conversationIdOf(recorded.stream);
          run = [recorded];
          if (recorded.position <= position) continue;
          fates.passed(recorded);
          if (recorded.type === 'PolicySet') earlier.passed(recorded);
          if (!isOfMessages(recorded.stream)) documents.apply(recorded);
          outdateQuotes(recorded);
          if (conversationId === undefined) await takeAccount(recorded);
          else if (!isOfMessages(recorded.stream)) await sendChange(recorded, conversationId);
          else if (subscriptions.has(conversationId)) {
            run = runFrom(known, i);
            const receivers = () => subscriptions.subscribersOf(conversationId);
            const sent = await send(run, () => receivers().keys(), receivers);
            if (sent > 0) for (const one of run) metrics.pushed(decode(one).at);
          }
          position = run.at(-1)!.position;
        }
        if (known.length < batch.length) mustBeKnown(batch[known.length]!);
        openSince = frames.generation;
        onGoing?.();
      }
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
