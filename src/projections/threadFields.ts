// What the message that began a thread says of it.

import type { EventOf } from '../domain/events.ts';
import type { Change } from '../store/ports.ts';
import { changesOf } from './projection.ts';

/** So many of those who wrote in a thread are kept with the message that began it: everybody, in most threads. */
export const PARTICIPANTS = 100;

export interface LastReply {
  readonly seq: number;
  readonly position: number;
  /** ISO time of sending. */
  readonly at: string;
  readonly senderId: string | null;
}

/** Of a message that began no thread, all are missing. */
export interface ThreadFields {
  /** Of a message that began a thread: how many messages that has, also removed ones, and the last of them. */
  readonly replies?: number;
  readonly lastReply?: LastReply;
  /** How many of them are removed now. Missing: none ever was. */
  readonly removedReplies?: number;
  /** Position of the last event that sent, removed or restored one of them. */
  readonly threadChanged?: number;
  /**
   * The accounts that wrote in it, be it that all of it was removed since: the last `PARTICIPANTS`, the latest first. Missing:
   * none did.
   */
  readonly participants?: readonly string[];
}

const { patch, add, moveToFront } = changesOf('messages');

/** What a message of a thread changes in the message that began it. */
export const answered = (
  { data, revision, position, at }: EventOf<'MessageSent'>,
  threadId: string,
): readonly Change[] => {
  const { senderId, sentAt = at } = data;
  const lastReply: LastReply = { seq: revision + 1, position, at: sentAt, senderId };
  const changes = [
    add(threadId, 'replies', 1),
    patch(threadId, { lastReply: { ...lastReply }, threadChanged: position }),
  ];
  if (senderId === null) return changes;
  return [...changes, moveToFront(threadId, 'participants', senderId, PARTICIPANTS)];
};

/** The same of one that is removed, or back. */
export const counted = (threadId: string | undefined, removed: 1 | -1, position: number): readonly Change[] =>
  threadId === undefined
    ? []
    : [add(threadId, 'removedReplies', removed), patch(threadId, { threadChanged: position })];

/** The fields of a message that tell of the thread that it began. */
export const isOfThread = (field: string): boolean =>
  ['replies', 'lastReply', 'removedReplies', 'threadChanged', 'participants'].includes(field);
