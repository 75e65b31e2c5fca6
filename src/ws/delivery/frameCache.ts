// Makes each event's frame once per protocol, and keeps the latest frames for sockets that resume.

import { LRUCache } from 'lru-cache';
import { Unreadable } from '../../domain/codec.ts';
import type { Event, EventOf, EventType } from '../../domain/events.ts';
import type { Services } from '../../services.ts';
import { type Recorded, Unavailable } from '../../store/ports.ts';
import { asNow, type FrameContext, type Protocol } from '../protocol.ts';
import { textFrame } from '../textFrame.ts';
import { type Fate, keyOfFate } from './fates.ts';

/** Bytes of all frames. */
const KEPT_BYTES = 32_000_000;
/** Bytes that one frame costs beside its own. */
const KEEPING = 200;

/** Messages at most that kept bursts may quote. */
const QUOTED = 10_000;

const NOTHING = Buffer.alloc(0);

/** Another frame of an event: in a history, what became since of the message that it is about; or what others are told of a reading. */
export type Variant = Fate | 'seen';

/** The frame of an event; empty: the protocol has none for it. @throws Unavailable, Unreadable */
export type FrameOf = (protocol: Protocol, recorded: Recorded, variant?: Variant) => Promise<Buffer>;

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
  const kept = new LRUCache<string, Buffer>({
    maxSize: KEPT_BYTES,
    sizeCalculation: (frame) => frame.length + KEEPING,
  });

  /** Messages that frames of this generation quote: what those show of them may change. */
  const quoted = new Set<string>();
  const outdate = (): void => {
    generation++;
    quoted.clear();
  };
  const quote = (messageId: string): void => {
    if (quoted.size >= QUOTED) outdate();
    quoted.add(messageId);
  };

  const frameOf: FrameOf = async (protocol, recorded, variant) => {
    const { position } = recorded;
    const make = makerIn(protocol, recorded, variant);
    if (make === undefined) return NOTHING;
    const key = `${protocol.name}:${position}${keyOf(variant)}${recorded.opened === null ? ':erased' : ''}`;
    const cached = kept.get(key);
    if (cached !== undefined) return cached;
    try {
      const made = generation;
      let quotes = false;
      const quotedBy: FrameContext['quotedBy'] = (message) => {
        quotes = true;
        if (message.replyTo) quote(message.replyTo.messageId);
        return context.quotedBy(message);
      };
      const content = await make(decode(recorded), { ...context, quotedBy });
      const frame = content === undefined ? NOTHING : textFrame(JSON.stringify(content));
      if (made === generation && !quotes) kept.set(key, frame);
      return frame;
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Unreadable) throw error;
      // The subscribers of the other protocols still receive the event.
      log.error({ err: error, protocol: protocol.name, position }, 'the frame of an event could not be made');
      return NOTHING;
    }
  };

  return {
    frameOf,
    /** Rises when all frames are forgotten. */
    get generation(): number {
      return generation;
    },
    /** The message is shown otherwise from here on. Undefined: many are. Frames that quote one are made again. */
    outdateQuotes: (messageId?: string): void => {
      if (messageId === undefined ? quoted.size > 0 : quoted.has(messageId)) outdate();
    },
    /** Frames are made again: those from before may show the names of an account that was deleted. */
    forget: (): void => {
      outdate();
      kept.clear();
    },
  };
};

export type FrameCache = ReturnType<typeof createFrameCache>;
