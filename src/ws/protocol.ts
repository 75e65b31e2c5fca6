// The protocol of an API, which makes the frames of events, and the sink of a subscriber, which takes frames.

import type { Event, EventOf, EventType } from '../domain/events.ts';
import type { ConversationDoc } from '../projections/conversations.ts';
import type { FileDoc } from '../projections/files.ts';
import type { EditDoc, MessageDoc, Removal } from '../projections/messages.ts';
import type { UserDoc } from '../projections/users.ts';

/** What a frame may contain beside its event. It is read from the log: from the views, every push would wait for them. */
export interface FrameContext {
  /** The account with that id, up to the event; null: none. */
  user(id: string | null): Promise<UserDoc | undefined>;
  /** The file with that id; null: none. */
  file(id: string | null): Promise<FileDoc | undefined>;
  /** A conversation as its first event made it, without later changes. */
  conversationAsMade(id: string): Promise<ConversationDoc | undefined>;
  /** The message before this one in the same conversation. */
  messageBefore(event: EventOf<'MessageSent'>): Promise<MessageDoc | undefined>;
  /** The message that the event brings back, with the text of its last edit: one may have come since. */
  restored(event: EventOf<'MessageRestored'>): Promise<MessageDoc | undefined>;
  /**
   * The message that this one quotes, as readers see it now. Undefined: none, or not everybody who receives the event may
   * read that far back.
   */
  quotedBy(message: Pick<MessageDoc, 'conversationId' | 'replyTo'>): Promise<MessageDoc | undefined>;
}

/** In a history: what the message says since. */
export interface Edited {
  readonly edit?: EditDoc;
}

/** The event by which a message comes, as it would be with the text of now. */
export const asNow = (event: Event, edit: EditDoc): Event & Edited =>
  event.type === 'MessageSent' ? { ...event, data: { ...event.data, text: edit.text }, edit } : { ...event, edit };

type MaybeFrame = object | undefined;

/** Makes the frames of one API, for all its sockets. The hub alone chooses the receivers of an event. */
export interface Protocol {
  /** An API at two paths has two protocols of this name: they tell other addresses, but pass on the same unrecorded frames. */
  readonly name: string;
  /** By type: makes an event's frame, as a JSON object; undefined: the API has none. Called once per event, not per socket. */
  readonly frames: {
    readonly [T in EventType]?: (event: EventOf<T> & Edited, context: FrameContext) => MaybeFrame | Promise<MaybeFrame>;
  };
  /** In histories, the frame of a message that was removed since. Undefined: the API has none. */
  readonly removedMessage?: (
    event: EventOf<'MessageSent'>,
    context: FrameContext,
    removal: Removal,
  ) => MaybeFrame | Promise<MaybeFrame>;
  /** What other members are told of a reading. */
  readonly seen?: (event: EventOf<'MessagesRead'>) => MaybeFrame;
  /** What follows a message for an account that wants to be told of these words. */
  readonly alert?: (event: EventOf<'MessageSent'>, words: readonly string[]) => object;
}

/** Where a subscriber's frames go. */
export interface Sink {
  /** Takes a frame as `textFrame` makes it. Never throws; ignored once the sink is closing. */
  write(frame: Buffer): void;
  /** Holds what is written until `uncork`, which sends all of it together. */
  cork(): void;
  uncork(): void;
  /** The sender should wait before it writes more. */
  readonly isFull: boolean;
  /** Resolves once the sink is no longer full, or is closed. */
  drained(): Promise<void>;
  /** Closes the sink with a WebSocket close code. */
  end(code: number): void;
}

/** The close codes of this server. Those above 4000 are its own, the others those of RFC 6455. */
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
