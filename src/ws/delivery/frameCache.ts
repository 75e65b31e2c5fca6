// Makes each event's frame once per protocol, and keeps the latest frames for sockets that resume.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../../domain/envelope.ts';
import type { Event, EventOf, EventType } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import { asNow, type FrameContext, type Protocol } from '../protocol.ts';
import { textFrame } from '../textFrame.ts';
import { type Fate, keyOfFate } from './fates.ts';
import { createLateChanges } from './lateChanges.ts';

/** Bytes of all frames. */
const KEPT_BYTES = 32_000_000;
/** Bytes that one frame costs beside its own. */
const KEEPING = 200;

/** Messages and conversations that are remembered to have changed: quotes of others are as they were made. */
const CHANGED = 10_000;

/** What shows messages that it quotes, as of a position. */
export interface Quoting {
  /** The messages, and the conversations whose policy says whether quotes are shown. */
  readonly quoted: readonly string[];
  readonly asOf: number;
}

/** A frame; empty: the protocol has none for the event. */
interface Made extends Quoting {
  readonly frame: Buffer;
}

const NOTHING: Made = { frame: Buffer.alloc(0), quoted: [], asOf: 0 };

/** Another frame of an event: in a history, what became since of the message that it is about; or what others are told of a reading. */
export type Variant = Fate | 'seen';

/** Makes the frame of an event. @throws Unavailable, Unreadable */
export type FrameOf = (protocol: Protocol, recorded: Recorded, variant?: Variant) => Promise<Made>;

type Make = (event: Event, context: FrameContext) => unknown;

const makerIn = (
  { frames, removedMessage, seen }: Protocol,
  { type, position }: Recorded,
  variant?: Variant,
): Make | undefined => {
  if (variant === 'seen') return seen as Make | undefined;
  const make = frames[type as EventType] as Make | undefined;
  const { removal, edit } = variant ?? {};
  if (removal && type === 'MessageSent')
    return removedMessage && ((event, context) => removedMessage(event as EventOf<'MessageSent'>, context, removal));
  // Other frames of the same history say what is left of it, or what it says now.
  if (removal) return undefined;
  if (type === 'MessageEdited') return edit && edit.position > position ? undefined : make;
  return make && edit ? (event, context) => make(asNow(event, edit), context) : make;
};

const keyOf = (variant: Variant | undefined): string => (variant === 'seen' ? ':seen' : keyOfFate(variant));

export const createFrameCache = ({ decode, log }: Pick<Services, 'decode' | 'log'>, context: FrameContext) => {
  let generation = 0;
  const kept = new LRUCache<string, Made>({
    maxSize: KEPT_BYTES,
    sizeCalculation: ({ frame }) => frame.length + KEEPING,
  });
  const changes = createLateChanges(CHANGED);
  const numbers = new Map<Protocol, number>();
  /** Names a protocol in keys: its own name may be that of another one too. */
  const numberOf = (protocol: Protocol): number => {
    const number = numbers.get(protocol) ?? numbers.size;
    numbers.set(protocol, number);
    return number;
  };
  const isAsNow = ({ quoted, asOf }: Quoting): boolean => quoted.length === 0 || changes.lastOf(quoted) <= asOf;

  const frameOf: FrameOf = async (protocol, recorded, variant) => {
    const { position } = recorded;
    const make = makerIn(protocol, recorded, variant);
    if (make === undefined) return NOTHING;
    const key = `${numberOf(protocol)}:${position}${keyOf(variant)}${recorded.opened === null ? ':erased' : ''}`;
    const cached = kept.get(key);
    if (cached !== undefined && isAsNow(cached)) return cached;
    try {
      const [begun, asOf, quoted] = [generation, changes.last, [] as string[]];
      const quotedBy: FrameContext['quotedBy'] = (message) => {
        if (message.replyTo) quoted.push(message.replyTo.messageId, message.conversationId);
        return context.quotedBy(message);
      };
      const content = await make(decode(recorded), { ...context, quotedBy });
      if (content === undefined) return NOTHING;
      const made = { frame: textFrame(JSON.stringify(content)), quoted, asOf };
      if (begun === generation) kept.set(key, made);
      return made;
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Unreadable) throw error;
      // The subscribers of the other protocols still receive the event.
      log.error({ err: error, protocol: protocol.name, position }, 'the frame of an event could not be made');
      return NOTHING;
    }
  };

  return {
    frameOf,
    numberOf,
    /** Rises when all frames are forgotten. */
    get generation(): number {
      return generation;
    },
    /** The position as of which quotes are made now. */
    get asOf(): number {
      return changes.last;
    },
    /** Is each quote in it as it would be made now? */
    isAsNow,
    /** A message, or what a conversation lets be quoted, is shown otherwise from this position on. */
    outdateQuotes: (id: string, position: number): void => changes.passed(id, position),
    /** Frames are made again: those from before may show the names of an account that was deleted. */
    forget: (): void => {
      generation++;
      kept.clear();
    },
  };
};

export type FrameCache = ReturnType<typeof createFrameCache>;
