// How one API words events in frames, and where frames go.

import type { Event, EventOf } from '../domain/events.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { FileDoc } from '../projections/files.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { UserDoc } from '../projections/users.ts';

/** What a frame may say beside its event. It is read from the log: with the views, every push would wait for them. */
export interface FrameContext {
  /** Accounts by id, with everything up to the event. Skips nulls and unknown ids. */
  users(ids: Iterable<string | null>): Promise<ReadonlyMap<string, UserDoc>>;
  /** The file of that id; null: none. */
  file(id: string | null): Promise<FileDoc | undefined>;
  /** A conversation as its first event made it, without later changes. */
  conversationAsMade(id: string): Promise<ConversationDoc | undefined>;
  /** The message before this one in the same conversation. */
  messageBefore(event: EventOf<'MessageSent'>): Promise<MessageDoc | undefined>;
}

/** How one API words events, for all its sockets. Who receives an event is up to the hub alone. */
export interface Protocol {
  readonly name: string;
  /** The text of the event's frame; undefined: this API has none. Asked once an event, however many receive it. */
  frame(event: Event, context: FrameContext): string | undefined | Promise<string | undefined>;
}

/** Where a subscriber's frames go. */
export interface Sink {
  /** Takes a frame as `textFrame` makes it. Never throws; ignored once the sink is closing. */
  write(frame: Buffer): void;
  /** What is written until `uncork` leaves together. */
  cork(): void;
  uncork(): void;
  /** The sender should wait before it writes more. */
  readonly isFull: boolean;
  /** Resolves once the sink is no longer full, or is closed. */
  drained(): Promise<void>;
  /** Closes, with a WebSocket close code. */
  end(code: number): void;
}

/** Close codes of this server beside those of RFC 6455. */
export const CLOSE = {
  binary: 1003,
  policy: 1008,
  internal: 1011,
  restart: 1012,
  tryLater: 1013,
  signedOut: 4401,
  tooSlow: 4408,
  tooMany: 4429,
} as const;
