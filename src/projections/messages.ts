// Messages, and which of them were edited or removed.

import type { calls, DataOf, EventOf } from '../domain/events.ts';
import type { Secret } from '../store/ports.ts';
import { changesOf, type Projection } from './projection.ts';
import { answered, counted, type ThreadFields } from './threadFields.ts';

type Optional = 'sentAt' | 'visitor' | 'answers' | 'replyTo' | 'threadId' | 'mentioned' | 'call';
type Sent = Omit<DataOf<'MessageSent'>, 'messageId' | Optional>;

export interface Removal {
  /** ISO time. */
  readonly at: string;
  readonly by: string;
}

export interface MessageDoc extends Readonly<Sent>, ThreadFields {
  readonly id: string;
  /** Its place in the conversation, from 1. */
  readonly seq: number;
  readonly position: number;
  /** ISO time of sending. */
  readonly at: string;
  readonly visitor: { readonly name: string; readonly email: string } | null;
  /** Of an automatic answer: the message that it answers. */
  readonly answers: string | null;
  /** The accounts that it calls. Missing: none. */
  readonly mentioned?: readonly string[];
  /** Missing: it calls nobody beside them. */
  readonly call?: (typeof calls)[number];
  /** Missing or null: it was not removed, or it is back. */
  readonly removed?: Removal | null;
  /** ISO time of the latest edit. Missing: there was none. */
  readonly editedAt?: string;
  /** Position of the last event that edited, removed or restored it. Missing: there was none. */
  readonly changed?: number;
  /** Whose message it is when unread ones are counted: see `voiceOf`. */
  readonly voice: string;
  /** What was said is gone for ever. */
  readonly erased: boolean;
  /** The message that it quotes. Missing: none. */
  readonly replyTo?: NonNullable<DataOf<'MessageSent'>['replyTo']>;
  /** The message that began its thread. Missing: it is in none. */
  readonly threadId?: string;
}

/** Whose a message is that is unread to nobody: it was removed, was history when it was imported, or lies at a desk. */
export const NOBODY = 'nobody';

/** Who spoke, and where, in few characters: an index has it for every message. The ends of ids are random. */
export const voiceOf = (conversationId: string, userId: string): string =>
  conversationId.slice(-12) + userId.slice(-12);

/** As it lies in the views: what was said is encrypted there as in the log, so that no erased text stays. */
export type SealedMessage = Omit<MessageDoc, 'text' | 'visitor' | 'erased'> &
  Pick<Secret, 'secret'> & { readonly eventId: string };

const voiceIn = (data: Pick<DataOf<'MessageSent'>, 'conversationId' | 'senderId' | 'sentAt'>): string =>
  voiceOf(data.conversationId, data.sentAt === undefined ? (data.senderId ?? NOBODY) : NOBODY);

export const messageOf = ({ data, revision, position, at, isClosed }: EventOf<'MessageSent'>): MessageDoc => {
  const { messageId: id, sentAt = at, visitor = null, answers = null, ...others } = data;
  const { replyTo, threadId, mentioned, call, ...sent } = others;
  const voice = voiceIn(data);
  const erased = isClosed === true;
  const said = { ...sent, id, seq: revision + 1, position, at: sentAt, visitor, answers, voice, erased };
  if ((replyTo ?? threadId ?? mentioned ?? call) === undefined) return said;
  return {
    ...said,
    ...(replyTo && { replyTo }),
    ...(threadId && { threadId }),
    ...(mentioned && { mentioned }),
    ...(call && { call }),
  };
};

/** What a message has once something happens after it. */
type Later = 'removed' | 'editedAt' | 'changed' | keyof ThreadFields;

const sealedMessageOf = (event: EventOf<'MessageSent'>): Omit<SealedMessage, Later> => {
  const { text: _, visitor: __, erased: ___, ...open } = messageOf(event);
  return { ...open, eventId: event.id, secret: event.secret! };
};

/** `part`: what was said, as JSON. Null: it was erased. */
export const openedMessage = (sealed: SealedMessage, part: string | null): MessageDoc =>
  // A document with fields of its own, such as those of a thread, is copied whole sooner than without two fields.
  Object.assign(
    { ...sealed, eventId: undefined, secret: undefined, text: '', visitor: null, erased: part === null },
    part === null ? {} : JSON.parse(part),
  );

/** The message as readers see it: of a removed one only its place, also in its thread. */
export const withoutRemovedContent = (doc: MessageDoc): MessageDoc => {
  if (!doc.removed) return doc;
  const { mentioned: _, call: __, editedAt: ___, replyTo: ____, ...place } = doc;
  return { ...place, kind: 'text', text: '', fileId: null };
};

const { put, patch } = changesOf('messages');

export const messages: Projection = {
  collection: {
    name: 'messages',
    indexes: [
      { fields: ['conversationId'], sort: 'seq' },
      { fields: ['voice'], sort: 'seq' },
      { fields: ['receiverId'], sort: 'position' },
      { fields: ['number'], sort: 'id' },
    ],
  },
  on: {
    MessageSent: (event) => {
      const { threadId } = event.data;
      const said = put(sealedMessageOf(event));
      return threadId === undefined ? [said] : [said, ...answered(event, threadId)];
    },
    MessageEdited: ({ id: eventId, data: { messageId }, at, secret, position }) => [
      patch(messageId, { eventId, secret, editedAt: at, changed: position }),
    ],
    MessageRemoved: ({ data: { conversationId, messageId, removedBy, threadId, again }, at, position }) => [
      patch(messageId, { removed: { at, by: removedBy }, voice: voiceOf(conversationId, NOBODY), changed: position }),
      ...(again ? [] : counted(threadId, 1, position)),
    ],
    MessageRestored: ({ data, position }) => [
      patch(data.messageId, { removed: null, voice: voiceIn(data), changed: position }),
      ...counted(data.threadId, -1, position),
    ],
  },
};

export interface RemovalDoc extends Removal {
  /** Of the message. */
  readonly id: string;
  /** Of the removal, or of what ended it. */
  readonly position: number;
  /** That removed messages have there. */
  readonly voice: string;
  /** The message is back. */
  readonly isOver?: true;
}

const removalsOf = changesOf('removals');

/** Small and sparse, for those who have many messages and ask only which of them were removed. */
export const removals: Projection = {
  collection: { name: 'removals', indexes: [{ fields: ['voice'], sort: 'position' }] },
  on: {
    MessageRemoved: ({ data: { conversationId, messageId: id, removedBy: by }, at, position }) => [
      removalsOf.put({ id, at, by, position, voice: voiceOf(conversationId, NOBODY) }),
    ],
    MessageRestored: ({ data: { messageId }, position }) => [removalsOf.patch(messageId, { position, isOver: true })],
  },
};

/** The latest text of a message that was edited. */
export interface EditDoc {
  /** Of the message. */
  readonly id: string;
  /** ISO time. */
  readonly at: string;
  readonly position: number;
  readonly text: string;
  readonly erased: boolean;
}

type SealedEdit = Omit<EditDoc, 'text' | 'erased'> & Pick<Secret, 'secret'> & { readonly eventId: string };

/** `part`: as JSON. Null: it was erased. */
export const openedEdit = ({ id, at, position }: SealedEdit, part: string | null): EditDoc => ({
  ...{ id, at, position, erased: part === null },
  text: part === null ? '' : (JSON.parse(part) as Pick<EditDoc, 'text'>).text,
});

/** Undefined: it was not edited. */
export const editedMessage = (doc: MessageDoc, edit: Omit<EditDoc, 'id' | 'position'> | undefined): MessageDoc =>
  edit === undefined ? doc : { ...doc, text: edit.text, editedAt: edit.at, erased: doc.erased || edit.erased };

/** As sparse as the removals, and for the same. */
export const edits: Projection = {
  collection: { name: 'edits', indexes: [] },
  on: {
    MessageEdited: ({ id: eventId, data: { messageId: id }, at, position, secret }) => [
      changesOf('edits').put({ id, at, position, eventId, secret: secret! }),
    ],
  },
};
