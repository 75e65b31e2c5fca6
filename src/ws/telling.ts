// Takes the log as it comes and tells each event to those who hear it, in order.
//
// Words for an event may take time to find; who hears it is looked at after that, in one go with the writing. So
// nobody is told what they may no longer hear when it is told.

import { decode, knownOf, mustBeKnown } from '../domain/codec.ts';
import type { Event } from '../domain/events.ts';
import { conversationIdOf, isOfMessages, userIdOf } from '../domain/streams.ts';
import type { Recorded } from '../store/ports.ts';
import type { Audience } from './audience.ts';
import type { Facts } from './facts.ts';
import type { Framing } from './framing.ts';
import { concerned, endsSignIn, isDeparture, type Listener } from './listener.ts';
import { CLOSE, type Protocol } from './protocol.ts';

export interface TellingOptions {
  readonly audience: Audience;
  readonly framing: Framing;
  readonly facts: Facts;
  /** Everything up to there was told before. */
  readonly from: number;
  /** Called with each message that somebody was told. */
  readonly onTold: (event: Event) => void;
  /** Finds out what a conversation is for who waited for its slug. */
  readonly learn: (listener: Listener, conversationId: string) => Promise<void>;
}

/** Characters of messages that leave in one write. */
const BURST = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export const createTelling = ({ audience, framing, facts, from, onTold, learn }: TellingOptions) => {
  let position = from;

  /** Writes one frame to all who hear it and were not told it before; how many those are. */
  const write = (listeners: Iterable<Listener>, frame: Buffer, at: number): number => {
    let told = 0;
    for (const { cursor, sink } of listeners)
      if (cursor < at) {
        sink.write(frame);
        told++;
      }
    return told;
  };

  /**
   * Moves on to `at` and writes what each protocol says up to there. A sink that is full ends at its write, and takes
   * `position` for where its listener can go on: whatever was written up to there is whole.
   */
  const moveTo = (at: number, conversationId: string, said: (protocol: Protocol) => Buffer): number => {
    position = at;
    let told = 0;
    for (const [protocol, listeners] of audience.hearing(conversationId)) {
      const frame = said(protocol);
      if (frame.length > 0) told += write(listeners, frame, at);
    }
    return told;
  };

  const tellMessages = async (conversationId: string, run: readonly Event[]): Promise<void> => {
    const frames = new Map<Protocol, Buffer[]>();
    const missing = () => without(audience.hearing(conversationId).keys(), frames);
    for (let protocols = missing(); protocols.length > 0; protocols = missing())
      for (const protocol of protocols) {
        const made: Buffer[] = [];
        for (const event of run) made.push((await framing.frame(protocol, event)) ?? NOTHING);
        frames.set(protocol, made);
      }
    // From here to the end nothing else runs. A run leaves in one write, but where somebody was told some of it already.
    let told = 0;
    if (audience.furthest < run[0]!.position)
      told = moveTo(run.at(-1)!.position, conversationId, (protocol) => joined(frames.get(protocol)!));
    else
      for (const [i, { position: at }] of run.entries())
        told += moveTo(at, conversationId, (protocol) => frames.get(protocol)![i]!);
    if (told > 0) run.forEach(onTold);
  };

  /** Who comes hears of it as the first thing, who goes as the last. */
  const tellChange = async (event: Event, conversationId: string): Promise<void> => {
    if (event.type === 'SlugGiven')
      for (const waiting of audience.waitingFor(event) ?? []) await learn(waiting, conversationId);
    const frames = new Map<Protocol, Buffer | undefined>();
    const missing = () => without(audience.protocols.keys(), frames);
    for (let protocols = missing(); protocols.length > 0; protocols = missing())
      for (const protocol of protocols) frames.set(protocol, await framing.frame(protocol, event));
    // From here to the end nothing else runs. What a membership lets somebody hear begins at its position.
    position = event.position;
    if (!isDeparture(event)) audience.apply(event);
    const said = (protocol: Protocol): Buffer => frames.get(protocol) ?? NOTHING;
    moveTo(event.position, conversationId, said);
    for (const listener of audience.alsoConcerned(event, conversationId)) {
      const frame = said(listener.protocol);
      if (frame.length > 0) write([listener], frame, position);
    }
    if (isDeparture(event)) audience.apply(event);
  };

  const isOfInterest = (event: Event, conversationId: string): boolean =>
    audience.isAwaited(conversationId) ||
    audience.waitingFor(event) !== undefined ||
    concerned(event).some((userId) => audience.people.has(userId));

  const takeConversation = async (recorded: Recorded, conversationId: string): Promise<void> => {
    const event = decode(recorded);
    if (isOfInterest(event, conversationId)) await tellChange(event, conversationId);
  };

  /** What is not about a conversation: rights, sign-ins, names. */
  const takeAccount = (recorded: Recorded): void => {
    const { stream, type } = recorded;
    facts.passed(recorded);
    const userId = userIdOf(stream) ?? '';
    if (type !== 'SessionClosed' && !audience.people.has(userId)) return;
    const event = decode(recorded);
    audience.apply(event);
    const person = audience.people.get('userId' in event.data ? event.data.userId : '');
    for (const listener of person?.listeners ?? [])
      if (endsSignIn(event, listener)) {
        listener.sink.end(CLOSE.signedOut);
        audience.remove(listener);
      }
  };

  return {
    /** Everything up to here was told to everyone entitled who listens live. */
    get position(): number {
      return position;
    },

    /**
     * Tells a batch of the log. Broken off by an error, it goes on behind what was told when it comes again.
     * @throws Unreadable at the first event that this program does not know, whomever it concerns: what lies before is told
     */
    take: async (batch: readonly Recorded[]): Promise<void> => {
      const known = knownOf(batch);
      for (let i = 0; i < known.length; ) {
        const recorded = known[i]!;
        const conversationId = conversationIdOf(recorded.stream);
        let taken = 1;
        if (recorded.position > position) {
          if (conversationId === undefined) takeAccount(recorded);
          else if (!isOfMessages(recorded.stream)) await takeConversation(recorded, conversationId);
          else if (audience.isAwaited(conversationId)) {
            const run = runFrom(known, i);
            await tellMessages(conversationId, run);
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

const joined = (frames: readonly Buffer[]): Buffer => (frames.length === 1 ? frames[0]! : Buffer.concat(frames));

const without = <T>(all: Iterable<T>, done: ReadonlyMap<T, unknown>): T[] => [...all].filter((one) => !done.has(one));

/** The events from `start` on that belong to the same stream, up to a burst. */
const runFrom = (batch: readonly Recorded[], start: number): readonly Event[] => {
  const { stream } = batch[start]!;
  const run: Event[] = [];
  for (let i = start, chars = 0; i < batch.length && batch[i]!.stream === stream && chars < BURST; i++) {
    run.push(decode(batch[i]!));
    chars += batch[i]!.data.length;
  }
  return run;
};
