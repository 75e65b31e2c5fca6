// What a foreign or native way of speaking over sockets tells the hub: how an event looks to those who speak it.

import type { Event, EventOf } from '../domain/events.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { FileDoc } from '../projections/files.ts';
import type { MessageDoc } from '../projections/messages.ts';
import type { UserDoc } from '../projections/users.ts';

/**
 * What a frame may be made of beside its event: read from the log, never from the views, for which everybody's pushes
 * would have to wait.
 */
export interface FrameContext {
  /** Accounts by id, at least as they were at the event. Nulls and unknown ids are passed by. */
  users(ids: Iterable<string | null>): Promise<ReadonlyMap<string, UserDoc>>;
  /** The file of that id; null: none. */
  file(id: string | null): Promise<FileDoc | undefined>;
  /** What its first event says of a conversation: nothing that changed later. */
  conversationAsMade(id: string): Promise<ConversationDoc | undefined>;
  /** The message before this one in the same conversation. */
  messageBefore(event: EventOf<'MessageSent'>): Promise<MessageDoc | undefined>;
}

/** One way of speaking, shared by all its sockets. To whom an event is told is the hub's affair alone. */
export interface Protocol {
  readonly name: string;
  /** The text that tells the event; undefined: it is not told. Asked once an event, however many listen. */
  frame(event: Event, context: FrameContext): string | undefined | Promise<string | undefined>;
}

/** Where a subscriber's frames go. */
export interface Sink {
  /** Takes a frame as `textFrame` makes it. Never throws; ignored once the sink is closing. */
  write(frame: Buffer): void;
  /** What is written until `uncork` leaves together. */
  cork(): void;
  uncork(): void;
  /** So much waits to be sent that more should wait. */
  readonly isFull: boolean;
  /** Resolves when it is full no longer, or closed. */
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
